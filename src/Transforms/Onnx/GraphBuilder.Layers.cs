namespace MLNet.VisionLanguage.Onnx;

// The two layers with weights that every network here is made of.
internal sealed partial class GraphBuilder
{
    private readonly Dictionary<string, (GraphValue Values, GraphValue Step, GraphValue Zero)> _rounded = new(StringComparer.Ordinal);

    /// <summary>y = x Wᵀ + b.</summary>
    /// <param name="value">[…, in].</param>
    /// <param name="weight">[in, out]: a matrix registered with transposition.</param>
    /// <param name="bias">[out], or null for none.</param>
    public GraphValue Linear(GraphValue value, GraphValue weight, GraphValue? bias)
    {
        var product = MatMul(value, weight);
        return bias is null ? product : product + bias;
    }

    /// <summary>
    /// y = x Wᵀ + b of whole numbers: x is rounded to 8 bits between its own smallest and largest number when the graph runs, all rows of
    /// the batch together. ONNX Runtime makes one operator of it. Its session option x64quantprecision would have it multiply without a sign,
    /// exactly on processors without VNNI too, but on all of them at a third of the speed, and it cannot do so with a matrix that is used twice.
    /// </summary>
    /// <param name="value">[…, in].</param>
    /// <param name="weight">[in, out], of <see cref="Int8Weight"/>, transposed.</param>
    /// <param name="factors">[out], likewise.</param>
    /// <param name="bias">[out], or null for none.</param>
    public GraphValue LinearInt8(GraphValue value, GraphValue weight, GraphValue factors, GraphValue? bias)
    {
        var (rounded, step, zero) = Rounded(value);
        var product = Node("MatMulInteger", OnnxType.Int32, [rounded, weight, zero]);
        var scaled = Cast(product, OnnxType.Float) * (step * factors);
        return bias is null ? scaled : scaled + bias;
    }

    /// <summary>A value in 8 bits, the size of a step, and what stands for 0; the same for all layers that read it.</summary>
    private (GraphValue Values, GraphValue Step, GraphValue Zero) Rounded(GraphValue value)
    {
        if (_rounded.TryGetValue(value.Name, out var known)) return known;
        var parts = Nodes("DynamicQuantizeLinear", [OnnxType.UInt8, OnnxType.Float, OnnxType.UInt8], [value]);
        return _rounded[value.Name] = (parts[0], parts[1], parts[2]);
    }

    /// <summary>Normalises the last dimension (biased variance, epsilon inside the root), then scales and shifts.</summary>
    public GraphValue LayerNorm(GraphValue value, GraphValue gain, GraphValue? bias, float epsilon) =>
        Node("LayerNormalization", value.Type, [value, gain, bias], Attribute("axis", -1), Attribute("epsilon", epsilon));
}
