namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// The operations an architecture is made of, on values of some engine: nodes of an ONNX graph, TorchSharp tensors that carry gradients,
/// or mere shapes. Embeddings, encoders and heads are written once against this interface, so all engines run the same by construction.
/// Parameters are named, with their shapes and roles, where they are used and nowhere else: <see cref="Lister"/> lists them.
/// Batch and length dimensions may be unknown to the engine; the number of axes never is. Binary operations broadcast as in NumPy.
/// Negative axes count from the end. Parameter names are the reference checkpoint's.
/// </summary>
/// <typeparam name="T">A value of the engine: a float, Int64 or 0/1-mask tensor.</typeparam>
internal interface IEngine<T>
    where T : class
{
    /// <summary>x W^T + b with NAME.weight [<paramref name="outputs"/>, width of x] and NAME.bias [<paramref name="outputs"/>].</summary>
    /// <param name="x">[…, width].</param>
    /// <param name="name">Name of the parameters without ".weight" and ".bias".</param>
    /// <param name="outputs">Width of the result.</param>
    /// <param name="role">What the weight is; decides how it starts.</param>
    /// <param name="bias">Whether there is a bias.</param>
    T Linear(T x, string name, int outputs, ParameterRole role = ParameterRole.Weight, bool bias = true);

    /// <summary>x TABLE^T + BIAS: a decoder tied to an embedding table of so many rows; both are full parameter names.</summary>
    T TiedLinear(T x, string table, int rows, string bias);

    /// <summary>LayerNorm over the last axis with NAME.weight and NAME.bias, biased variance, epsilon inside the root.</summary>
    /// <param name="x">[…, width].</param>
    /// <param name="name">Name of the parameters without ".weight" and ".bias".</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="gain">What NAME.weight starts from.</param>
    /// <param name="decayed">Whether the reference's training script decays NAME.weight.</param>
    T LayerNorm(T x, string name, double epsilon = 1e-12, double gain = 1, bool decayed = false);

    /// <summary>
    /// Rows of the table NAME.weight [<paramref name="rows"/>, <paramref name="width"/>]; the row <paramref name="paddingIndex"/>, if any,
    /// gets no gradient from the look-up.
    /// </summary>
    T Embedding(string name, T ids, int rows, int width, long? paddingIndex = null);

    /// <summary>The parameter of that full name as it is; it starts from <paramref name="start"/> unless its role draws it.</summary>
    T Parameter(string name, long[] shape, ParameterRole role, double start = 0);

    /// <summary>A parameter that checkpoints hold but nothing reads.</summary>
    void Unused(string name, params long[] shape);

    /// <summary>Says something about all parameters used, and all that is computed, until the result is disposed.</summary>
    IDisposable? Mark(ParameterMarks marks);

    /// <summary>
    /// What a part makes of its inputs, by operations of this engine. An engine that trains may compute it twice, so as not to keep what is
    /// between: the part must do the same each time, and get whatever needs gradients, but parameters, as an input.
    /// </summary>
    IReadOnlyList<T> Segment(IReadOnlyList<T> inputs, Func<IReadOnlyList<T>, IReadOnlyList<T>> part) => part(inputs);

    /// <summary>softmax(query key^T / sqrt(head size) + mask) value, head by head.</summary>
    /// <param name="query">[B, L, heads × head size].</param>
    /// <param name="key">[B, S, heads × head size].</param>
    /// <param name="value">[B, S, heads × head size].</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="headSize">Width of a head.</param>
    /// <param name="mask">Added to the scores before the softmax, [B or 1 (with groups 1), heads or 1, L or 1, S]; null adds nothing.</param>
    /// <param name="dropout">Dropout on the probabilities.</param>
    /// <param name="probabilities">Receives the probabilities before dropout, [B, heads, L, S], when somebody asks.</param>
    /// <param name="inGroups">
    /// Whether queries, keys and values are in groups of which each attends to itself, [B, M, …], such as the windows of an image.
    /// </param>
    /// <param name="groupMask">Added as well where there are groups, for each by itself, [M, L or 1, S].</param>
    /// <returns>[B, L, heads × head size], with groups [B, M, L, heads × head size].</returns>
    T Attention(
        T query, T key, T value, int heads, int headSize, T? mask, double dropout = 0, Action<T>? probabilities = null,
        bool inGroups = false, T? groupMask = null);

    T Add(T a, T b);
    T Subtract(T a, T b);
    T Multiply(T a, T b);
    T Divide(T a, T b);

    /// <summary>x · factor + shift.</summary>
    T Affine(T x, float factor, float shift = 0);

    /// <summary>Batched matrix product over the last two axes.</summary>
    T MatMul(T a, T b);

    /// <summary>Softmax over the last axis.</summary>
    T Softmax(T x);
    T Activate(T x, Activation activation);

    /// <summary>Zeroes entries with this probability while training; nothing otherwise.</summary>
    T Dropout(T x, double probability);

    /// <summary>
    /// Zeroes whole entries of the first axis with this probability while training and scales the others up; nothing otherwise (drop path).
    /// </summary>
    T DropRows(T x, double probability);

    T Sum(T x, int axis, bool keepAxis);

    /// <summary>The largest element of all, as a scalar of the same type.</summary>
    T Max(T x);
    T CumulativeSum(T x, int axis);

    /// <summary>1.0 where the comparison holds, else 0.0. Operands have one type.</summary>
    T Equal(T a, T b);
    T Less(T a, T b);

    /// <summary>1.0 where the float x is above the threshold, else 0.0.</summary>
    T Above(T x, float threshold);

    T ToFloat(T x);
    T ToInt64(T x);

    /// <summary>0, 1, ..., count - 1 as Int64; count is an Int64 scalar.</summary>
    T Range(T count);

    /// <summary>The size of an axis as an Int64 scalar.</summary>
    T Length(T x, int axis);

    /// <summary>A float constant.</summary>
    T Constant(float[] values, params long[] shape);

    /// <summary>An Int64 constant.</summary>
    T Constant(long[] values, params long[] shape);

    /// <summary>Shape entries as in ONNX: 0 keeps the input's size at that place, one -1 is inferred.</summary>
    T Reshape(T x, params long[] shape);
    T Transpose(T x, params int[] order);
    T Unsqueeze(T x, int axis);
    T Squeeze(T x, int axis);

    /// <summary>Entries start (inclusive) to end (exclusive; null: to the end) of an axis; negative numbers count from the end.</summary>
    T Slice(T x, int axis, long start, long? end);

    /// <summary>The first <paramref name="length"/> (an Int64 scalar) entries of an axis.</summary>
    T Take(T x, int axis, T length);
    T Concat(int axis, params T[] parts);

    T Sin(T x);
    T Cos(T x);
    T Sqrt(T x);
}

/// <summary>Receives named intermediate values: hidden states and attention probabilities.</summary>
internal delegate void Recorder<in T>(string name, T value);
