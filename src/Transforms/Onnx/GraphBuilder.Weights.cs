namespace MLNet.VisionLanguage.Onnx;

// Weights. Asking twice for a name gives the same value, so tied weights are stored once.
internal sealed partial class GraphBuilder
{
    private readonly List<Initializer> _initializers = [];
    private readonly Dictionary<string, GraphValue> _weights = new(StringComparer.Ordinal);

    /// <summary>Bytes of all registered weights.</summary>
    public long WeightBytes => _initializers.Sum(weight => weight.ByteCount);

    /// <summary>What the file calls the transpose of a weight.</summary>
    public static string Transposed(string name) => name + ".transposed";

    /// <summary>What the file calls the factors of a weight's rows.</summary>
    public static string Factors(string name) => name + ".factors";

    /// <summary>A weight of the given shape whose values are read when the model is written.</summary>
    /// <param name="name">Name in the file; by custom the checkpoint's parameter name.</param>
    /// <param name="shape">Shape of the values that <paramref name="read"/> gives.</param>
    /// <param name="read">Gives the values, row-major.</param>
    /// <param name="transpose">Store the transpose of a matrix, so that a linear layer [out, in] is a plain product with [in, out].</param>
    /// <exception cref="ArgumentException">A transposed weight that is not a matrix, or one name with two shapes.</exception>
    public GraphValue Weight(string name, IReadOnlyList<long> shape, Func<float[]> read, bool transpose = false) =>
        Weight(name, OnnxType.Float, shape, read, transpose);

    /// <summary>A weight whose values are at hand.</summary>
    public GraphValue Weight(string name, float[] values, params long[] shape) => Weight(name, shape, () => values);

    /// <summary>A weight stored as float16, to be cast where it is used; values that are no float16 are rounded.</summary>
    /// <inheritdoc cref="Weight(string, IReadOnlyList{long}, Func{float[]}, bool)"/>
    public GraphValue HalfWeight(string name, IReadOnlyList<long> shape, Func<float[]> read, bool transpose = false) =>
        Weight(name, OnnxType.Float16, shape, () => Array.ConvertAll(read(), value => (Half)value), transpose);

    /// <summary>
    /// A weight stored as int8, each row (entry of the first axis before transposition) by a factor of its own, which takes the row's
    /// largest value to 127; an error is at most half the factor. <paramref name="read"/> is asked twice.
    /// </summary>
    /// <inheritdoc cref="Weight(string, IReadOnlyList{long}, Func{float[]}, bool)"/>
    /// <returns>The whole numbers, in the stored shape, and the rows' factors, [rows].</returns>
    public (GraphValue Values, GraphValue Factors) Int8Weight(
        string name, IReadOnlyList<long> shape, Func<float[]> read, bool transpose = false)
    {
        var rows = checked((int)shape[0]);
        return (
            Weight(name, OnnxType.Int8, shape, () => Int8Rows.Round(read(), Int8Rows.Factors(name, read(), rows)), transpose),
            Weight(Factors(name), [rows], () => Int8Rows.Factors(name, read(), rows)));
    }

    private GraphValue Weight(string name, OnnxType type, IReadOnlyList<long> shape, Func<Array> read, bool transpose)
    {
        if (transpose && shape.Count != 2)
        {
            throw new ArgumentException($"Weight '{name}' has {shape.Count} dimensions; only matrices are transposed.", nameof(shape));
        }
        long[] stored = transpose ? [shape[1], shape[0]] : [.. shape];
        var key = transpose ? Transposed(name) : name;
        if (_weights.TryGetValue(key, out var known))
        {
            var earlier = _initializers.Single(weight => weight.Name == key);
            if (earlier.Type != type || !earlier.Shape.AsSpan().SequenceEqual(stored))
            {
                throw new ArgumentException(
                    $"Weight '{key}' is {earlier.Type} [{string.Join(", ", earlier.Shape)}] already, now {type} [{string.Join(", ", stored)}] "
                    + "is asked for.",
                    nameof(shape));
            }
            return known;
        }
        _initializers.Add(new Initializer(Claim(key), type, stored, read, transpose));
        return _weights[key] = new GraphValue(this, key, type);
    }
}
