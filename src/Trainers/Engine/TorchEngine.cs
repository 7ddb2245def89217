using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// Runs the architectures on TorchSharp tensors, with gradients. Shapes are checked here wherever libtorch would end the process.
/// </summary>
internal sealed partial class TorchEngine(ModelParameters parameters, IReadOnlyDictionary<string, string>? names = null) : IEngine<Tensor>
{
    /// <summary>The parameters.</summary>
    public ModelParameters Parameters => parameters;

    /// <summary>Where the parameters live.</summary>
    public Device Device => parameters.Device;

    /// <summary>Whether dropout is on.</summary>
    public bool Training { get; set; }

    /// <summary>
    /// Whether products of matrices are of bfloat16 (with sums in float32), and what follows them until the next sum with a residual or
    /// LayerNorm; parameters, gradients, LayerNorms, softmaxes and what heads give stay float32.
    /// </summary>
    public bool MultipliesInHalf { get; init; }

    private int _heads;

    /// <summary>Where dropout draws from; null draws from libtorch's own generator, which all threads share.</summary>
    public Generator? Random { get; init; }

    private TorchSharp.Modules.Parameter Named(string name) => parameters[names?.GetValueOrDefault(name) ?? name];

    public Tensor Linear(Tensor x, string name, int outputs, ParameterRole role = ParameterRole.Weight, bool bias = true)
    {
        var weight = Named(name + ".weight");
        CheckWidth(x, name + ".weight", weight.shape[1]);
        return Product(() => F.linear(Half(x), Half(weight), bias ? Half(Named(name + ".bias")) : null));
    }

    public Tensor TiedLinear(Tensor x, string table, int rows, string bias)
    {
        var weight = Named(table);
        CheckWidth(x, table, weight.shape[1]);
        return Product(() => F.linear(Half(x), Half(weight), Half(Named(bias))));
    }

    public Tensor LayerNorm(Tensor x, string name, double epsilon = 1e-12, double gain = 1, bool decayed = false)
    {
        var factor = Named(name + ".weight");
        CheckWidth(x, name + ".weight", factor.shape[0]);
        return F.layer_norm(Full(x), [factor.shape[0]], factor, Named(name + ".bias"), epsilon);
    }

    public Tensor Embedding(string name, Tensor ids, int rows, int width, long? paddingIndex = null)
    {
        var table = Named(name + ".weight");
        var found = table.index_select(0, ids.reshape(-1)).reshape([.. ids.shape, table.shape[1]]);
        return paddingIndex is { } padding && torch.is_grad_enabled()
            ? torch.where(Scalars.With(padding, ids.eq).unsqueeze(-1), found.detach(), found)
            : found;
    }

    public Tensor Parameter(string name, long[] shape, ParameterRole role, double start = 0) => Named(name);

    public void Unused(string name, params long[] shape)
    {
    }

    public IDisposable? Mark(ParameterMarks marks)
    {
        if (marks.HasFlag(ParameterMarks.Head)) return new InHead(this);
        return marks.HasFlag(ParameterMarks.Fixed) ? no_grad() : null;
    }

    public Tensor Attention(
        Tensor query, Tensor key, Tensor value, int heads, int headSize, Tensor? mask, double dropout = 0,
        Action<Tensor>? probabilities = null, bool inGroups = false, Tensor? groupMask = null)
    {
        if (inGroups) return InGroups();
        foreach (var part in new[] { query, key, value }) CheckWidth(part, "attention", (long)heads * headSize);
        CheckAttention(query, key, value, mask, groupMask, heads);
        if (mask is not null && key.shape[1] > 0) mask = FromItsLargest(mask);
        Tensor Split(Tensor x) => Half(x).reshape(x.shape[0], x.shape[1], heads, headSize).transpose(1, 2);
        var isFused = probabilities is null && groupMask is null && (!Training || dropout == 0 || parameters.Device.type == DeviceType.CUDA);
        var context = isFused
            ? F.scaled_dot_product_attention(Split(query), Split(key), Split(value), mask is null ? null : Half(mask), Training ? dropout : 0)
            : Written();
        return context.transpose(1, 2).reshape(query.shape[0], query.shape[1], (long)heads * headSize);

        Tensor InGroups()
        {
            foreach (var part in new[] { query, key, value }) ExpectAxes(part, 4, "groups of rows");
            Tensor Flat(Tensor x) => x.flatten(0, 1);
            var shape = query.shape;
            return Attention(Flat(query), Flat(key), Flat(value), heads, headSize, mask, dropout, probabilities, false, groupMask).reshape(shape);
        }

        // libtorch's own attention keeps the probabilities to itself, and with dropout it is slower on a CPU.
        Tensor Written()
        {
            var scores = Scalars.With(1f / MathF.Sqrt(headSize), torch.matmul(Split(query), Split(key).transpose(2, 3)).mul);
            if (mask is not null) scores = Scalars.Add(scores, mask);
            if (groupMask is not null)
            {
                long[] shape = scores.shape, groups = [shape[0] / groupMask.shape[0], groupMask.shape[0], .. shape[1..]];
                scores = Scalars.Add(scores.view(groups), groupMask.unsqueeze(1)).view(shape);
            }

            var weights = Full(scores).softmax(-1);
            probabilities?.Invoke(weights);
            return torch.matmul(Half(Dropout(weights, dropout)), Split(value));
        }
    }

    /// <summary>
    /// A softmax looks at differences only. Where nothing may be attended to, all scores lie about -10000, where a float has steps of 1e-3;
    /// libtorch's backward pass keeps their logarithmic sum as such a float.
    /// </summary>
    private static Tensor FromItsLargest(Tensor mask) => mask.sub(mask.detach().amax([-1], keepdim: true));

    public Tensor Add(Tensor a, Tensor b) => Scalars.Add(Like(a, b), b);

    public Tensor Subtract(Tensor a, Tensor b) => Like(a, b).sub(b);

    public Tensor Multiply(Tensor a, Tensor b) => Like(a, b).mul(b);

    public Tensor Divide(Tensor a, Tensor b) => IsWhole(Like(a, b)) ? a.div(b, RoundingMode.trunc) : a.div(b);

    public Tensor Affine(Tensor x, float factor, float shift = 0)
    {
        var scaled = factor == 1 ? x : Scalars.With(ScalarLike(x, factor), x.mul);
        return shift == 0 ? scaled : Scalars.Add(scaled, ScalarLike(x, shift));
    }

    public Tensor MatMul(Tensor a, Tensor b)
    {
        CheckProduct(a, b);
        return Product(() => torch.matmul(Half(a), Half(b)));
    }

    public Tensor Softmax(Tensor x) => Full(x).softmax(-1);

    public Tensor Activate(Tensor x, Activation activation) => activation switch
    {
        Activation.Gelu => F.gelu(x),
        Activation.Relu => F.relu(x),
        Activation.Swish => F.silu(x),
        Activation.Tanh => x.tanh(),
        Activation.Sigmoid => x.sigmoid(),
        Activation.HardSigmoid => F.hardsigmoid(x),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation."),
    };

    public Tensor Dropout(Tensor x, double probability)
    {
        if (!Training || probability == 0) return x;
        if (Random is null || probability == 1) return F.dropout(x, probability, true);
        var kept = torch.empty_like(x, requires_grad: false).bernoulli_(1 - probability, Random);
        return x.mul(Scalars.With(1 / (1 - probability), kept.mul_));
    }

    public Tensor DropRows(Tensor x, double probability)
    {
        if (!Training || probability == 0) return x;
        var kept = torch.ones([x.shape[0], .. Enumerable.Repeat(1L, (int)x.dim() - 1)], x.dtype, x.device);
        return x.mul(Dropout(kept, probability));
    }

    public Tensor Sum(Tensor x, int axis, bool keepAxis) => x.sum((long)Position(x, axis), keepAxis);

    public Tensor Max(Tensor x) => x.max();

    public Tensor CumulativeSum(Tensor x, int axis) => x.cumsum(Position(x, axis));

    public Tensor Equal(Tensor a, Tensor b) => Like(a, b).eq(b).to_type(ScalarType.Float32);

    public Tensor Less(Tensor a, Tensor b) => Like(a, b).lt(b).to_type(ScalarType.Float32);

    public Tensor Above(Tensor x, float threshold) => Scalars.With(threshold, x.gt).to_type(ScalarType.Float32);

    public Tensor ToFloat(Tensor x) => x.to_type(ScalarType.Float32);

    public Tensor ToInt64(Tensor x) => x.to_type(ScalarType.Int64);

    public Tensor Range(Tensor count) => Scalars.Range(Math.Max(0, count.ToInt64()), parameters.Device);

    public Tensor Length(Tensor x, int axis) => torch.tensor(x.shape[Position(x, axis)], dtype: ScalarType.Int64);

    public Tensor Constant(float[] values, params long[] shape) =>
        torch.tensor(values, Filled(values.Length, shape), dtype: ScalarType.Float32, device: parameters.Device);

    public Tensor Constant(long[] values, params long[] shape) =>
        torch.tensor(values, Filled(values.Length, shape), dtype: ScalarType.Int64, device: parameters.Device);

    public Tensor Reshape(Tensor x, params long[] shape) => x.reshape(Resolved(x, shape));

    public Tensor Transpose(Tensor x, params int[] order) => x.permute([.. Permutation(x, order)]);

    public Tensor Unsqueeze(Tensor x, int axis) => x.unsqueeze(Position(x, axis, axes: (int)x.dim() + 1));

    public Tensor Squeeze(Tensor x, int axis) => x.shape[Position(x, axis)] == 1
        ? x.squeeze(axis)
        : throw new ArgumentException($"Axis {axis} of a tensor of shape {Describe(x)} is not of size 1.", nameof(axis));

    public Tensor Slice(Tensor x, int axis, long start, long? end) =>
        x.slice(Position(x, axis), start, end ?? long.MaxValue, 1);

    public Tensor Take(Tensor x, int axis, Tensor length) => x.slice(Position(x, axis), 0, length.ToInt64(), 1);

    public Tensor Concat(int axis, params Tensor[] parts) => torch.cat(Joinable(parts, axis), axis);

    public Tensor Sin(Tensor x) => x.sin();

    public Tensor Cos(Tensor x) => x.cos();

    public Tensor Sqrt(Tensor x) => x.sqrt();

    private Tensor Product(Func<Tensor> multiply) => _heads > 0 ? Full(multiply()) : multiply();

    private Tensor Half(Tensor x) => MultipliesInHalf ? x.to_type(ScalarType.BFloat16) : x;

    /// <summary>What was bfloat16 as float32; nothing else changes.</summary>
    private Tensor Full(Tensor x) => MultipliesInHalf ? x.to_type(ScalarType.Float32) : x;

    /// <summary>Between its beginning and its end what is computed is a head's.</summary>
    private sealed class InHead : IDisposable
    {
        private readonly TorchEngine _engine;

        public InHead(TorchEngine engine)
        {
            _engine = engine;
            engine._heads++;
        }

        public void Dispose() => _engine._heads--;
    }

    private static void CheckWidth(Tensor x, string parameter, long expected)
    {
        if (x.dim() == 0 || x.shape[^1] != expected)
        {
            throw new ArgumentException(
                $"Parameter '{parameter}' takes vectors of {expected} numbers, but the input has shape [{string.Join(", ", x.shape)}].");
        }
    }
}
