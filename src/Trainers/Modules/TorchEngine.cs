using MLNet.VisionLanguage.Architectures;
using MLNet.VisionLanguage.Encoding;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Modules;

/// <summary>
/// Runs the architectures on TorchSharp tensors, with gradients. Shapes are checked here wherever libtorch would end the process.
/// </summary>
internal sealed class TorchEngine(ModelParameters parameters) : IEngine<Tensor>
{
    /// <summary>Whether dropout is on.</summary>
    public bool Training { get; set; }

    public Tensor Linear(Tensor x, string name)
    {
        var weight = parameters[name + ".weight"];
        if (x.shape[^1] != weight.shape[1]) throw Mismatch(name + ".weight", weight.shape[1], x);
        return F.linear(x, weight, parameters[name + ".bias"]);
    }

    public Tensor TiedLinear(Tensor x, string table, string bias)
    {
        var weight = parameters[table];
        if (x.shape[^1] != weight.shape[1]) throw Mismatch(table, weight.shape[1], x);
        return F.linear(x, weight, parameters[bias]);
    }

    public Tensor LayerNorm(Tensor x, string name)
    {
        var gain = parameters[name + ".weight"];
        if (x.shape[^1] != gain.shape[0]) throw Mismatch(name + ".weight", gain.shape[0], x);
        return F.layer_norm(x, [gain.shape[0]], gain, parameters[name + ".bias"], LayerNormEpsilon);
    }

    public Tensor Embedding(string name, Tensor ids, long? paddingIndex = null)
    {
        var table = parameters[name + ".weight"];
        var rows = table.index_select(0, ids.reshape(-1)).reshape([.. ids.shape, table.shape[1]]);
        return paddingIndex is { } padding && torch.is_grad_enabled()
            ? torch.where(ids.eq(padding).unsqueeze(-1), rows.detach(), rows)
            : rows;
    }

    public Tensor Parameter(string name) => parameters[name];

    public Tensor Add(Tensor a, Tensor b) => a.add(b);

    public Tensor Subtract(Tensor a, Tensor b) => a.sub(b);

    public Tensor Multiply(Tensor a, Tensor b) => a.mul(b);

    public Tensor Divide(Tensor a, Tensor b) => a.div(b);

    public Tensor Affine(Tensor x, float factor, float shift = 0)
    {
        var scaled = factor == 1 ? x : x.mul(factor);
        return shift == 0 ? scaled : scaled.add(shift);
    }

    public Tensor MatMul(Tensor a, Tensor b)
    {
        long[] left = a.shape, right = b.shape;
        if (left.Length < 2 || right.Length < 2 || left[^1] != right[^2])
        {
            throw new ArgumentException(
                $"Matrix product of [{string.Join(", ", left)}] and [{string.Join(", ", right)}]: the inner sizes differ.");
        }

        return torch.matmul(a, b);
    }

    public Tensor Softmax(Tensor x) => x.softmax(-1);

    public Tensor Activate(Tensor x, Activation activation) => activation switch
    {
        Activation.Gelu => F.gelu(x),
        Activation.Relu => F.relu(x),
        Activation.Swish => F.silu(x),
        Activation.Tanh => x.tanh(),
        Activation.Sigmoid => x.sigmoid(),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation."),
    };

    public Tensor Dropout(Tensor x, double probability) => Training && probability > 0 ? F.dropout(x, probability, true) : x;

    public Tensor Sum(Tensor x, int axis, bool keepAxis) => x.sum((long)axis, keepAxis);

    public Tensor Max(Tensor x) => x.max();

    public Tensor CumulativeSum(Tensor x, int axis) => x.cumsum(axis);

    public Tensor Equal(Tensor a, Tensor b) => a.eq(b).to_type(ScalarType.Float32);

    public Tensor Less(Tensor a, Tensor b) => a.lt(b).to_type(ScalarType.Float32);

    public Tensor Above(Tensor x, float threshold) => x.gt(threshold).to_type(ScalarType.Float32);

    public Tensor ToFloat(Tensor x) => x.to_type(ScalarType.Float32);

    public Tensor ToInt64(Tensor x) => x.to_type(ScalarType.Int64);

    public Tensor Range(Tensor count) => torch.arange(count.ToInt64(), dtype: ScalarType.Int64, device: parameters.Device);

    public Tensor Length(Tensor x, int axis) => torch.tensor(x.shape[axis < 0 ? axis + x.dim() : axis], dtype: ScalarType.Int64);

    public Tensor Constant(float[] values, params long[] shape) =>
        torch.tensor(values, shape, dtype: ScalarType.Float32, device: parameters.Device);

    public Tensor Constant(long[] values, params long[] shape) =>
        torch.tensor(values, shape, dtype: ScalarType.Int64, device: parameters.Device);

    public Tensor Reshape(Tensor x, params long[] shape)
    {
        var input = x.shape;
        return x.reshape([.. shape.Select((size, i) => size == 0 ? input[i] : size)]);
    }

    public Tensor Transpose(Tensor x, params int[] order) => x.permute([.. order.Select(axis => (long)axis)]);

    public Tensor Unsqueeze(Tensor x, int axis) => x.unsqueeze(axis);

    public Tensor Squeeze(Tensor x, int axis) => x.squeeze(axis);

    public Tensor Slice(Tensor x, int axis, long start, long? end) => x.slice(axis, start, end ?? long.MaxValue, 1);

    public Tensor Take(Tensor x, int axis, Tensor length) => x.narrow(axis, 0, length.ToInt64());

    public Tensor Concat(int axis, params Tensor[] parts) => torch.cat(parts, axis);

    private static ArgumentException Mismatch(string parameter, long expected, Tensor found) => new(
        $"Parameter '{parameter}' takes vectors of {expected} numbers, but the input has shape [{string.Join(", ", found.shape)}].");

    private const double LayerNormEpsilon = 1e-12;
}
