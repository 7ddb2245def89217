namespace MLNet.VisionLanguage.Onnx;

// The two layers with weights that every network here is made of.
internal sealed partial class GraphBuilder
{
    /// <summary>y = x Wᵀ + b.</summary>
    /// <param name="value">[…, in].</param>
    /// <param name="weight">[in, out]: a matrix registered with transposition.</param>
    /// <param name="bias">[out], or null for none.</param>
    public GraphValue Linear(GraphValue value, GraphValue weight, GraphValue? bias)
    {
        var product = MatMul(value, weight);
        return bias is null ? product : product + bias;
    }

    /// <summary>Normalises the last dimension (biased variance, epsilon inside the root), then scales and shifts.</summary>
    public GraphValue LayerNorm(GraphValue value, GraphValue gain, GraphValue? bias, float epsilon) =>
        Node("LayerNormalization", value.Type, [value, gain, bias], Attribute("axis", -1), Attribute("epsilon", epsilon));
}
