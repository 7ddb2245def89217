namespace MLNet.VisionLanguage.Onnx;

// Operators that models of other frameworks need: windows that are not square, padding to the old size.
internal sealed partial class GraphBuilder
{
    /// <summary>Declares a value of a shape that is left to the runtime an output.</summary>
    public void OutputOfAnyShape(string name, GraphValue value)
    {
        _graph.Output.Add(Describe(Claim(name), value.Type, null));
        NewNode("Identity", [value]).Output.Add(name);
    }

    /// <summary>Convolution.</summary>
    /// <param name="value">[rows, channels, height, width].</param>
    /// <param name="weight">[outputs, channels / groups, height, width].</param>
    /// <param name="bias">[outputs], or null for none.</param>
    /// <param name="window">Where it looks.</param>
    /// <param name="groups">Parts of the channels that are convolved each for itself.</param>
    public GraphValue Conv(GraphValue value, GraphValue weight, GraphValue? bias, OnnxWindow window, long groups) => Node(
        "Conv",
        value.Type,
        bias is null ? [value, weight] : [value, weight, bias],
        [.. WindowOf(window), Attribute("dilations", window.Dilations), Attribute("group", groups)]);

    public GraphValue MaxPool(GraphValue value, OnnxWindow window) => Node("MaxPool", value.Type, [value], WindowOf(window));

    /// <summary>Means of windows in which padding does not count.</summary>
    public GraphValue AveragePool(GraphValue value, OnnxWindow window) => Node("AveragePool", value.Type, [value], WindowOf(window));

    public GraphValue LeakyRelu(GraphValue value, float slope) => Node("LeakyRelu", value.Type, [value], Attribute("alpha", slope));

    public GraphValue Elu(GraphValue value) => Unary("Elu", value);

    /// <summary>Parts of an axis, of these lengths.</summary>
    public GraphValue[] Split(GraphValue value, int axis, long[] lengths) =>
        Nodes("Split", [.. lengths.Select(_ => value.Type)], [value, Constant(lengths)], Attribute("axis", axis));

    /// <summary>Lengthens all axes by a constant.</summary>
    /// <param name="value">Any tensor.</param>
    /// <param name="amounts">Before each axis, then after each.</param>
    /// <param name="fill">The constant.</param>
    public GraphValue Pad(GraphValue value, long[] amounts, double fill) => Node("Pad", value.Type, [value, Constant(amounts), ScalarLike(value, fill)]);

    /// <summary>Every so many entries of the first axes.</summary>
    public GraphValue Slice(GraphValue value, long[] starts, long[] ends, long[] steps) => Node(
        "Slice",
        value.Type,
        [value, Constant(starts), Constant(ends), Constant([.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)]), Constant(steps)]);

    /// <summary>Means over axes.</summary>
    public GraphValue ReduceMean(GraphValue value, long[] axes, bool keepDimensions) =>
        Node("ReduceMean", value.Type, [value, Constant(axes)], Attribute("keepdims", keepDimensions ? 1 : 0));

    private static Proto.AttributeProto[] WindowOf(OnnxWindow window) =>
    [
        Attribute("kernel_shape", window.Size),
        Attribute("strides", window.Strides),
        Attribute("auto_pad", window.KeepsSize ? "SAME_UPPER" : "VALID"),
    ];
}

/// <summary>Where a convolution or a pool looks; height before width.</summary>
/// <param name="Size">Pixels of the window.</param>
/// <param name="Strides">From one window to the next.</param>
/// <param name="Dilations">From one entry of the window to the next.</param>
/// <param name="KeepsSize">Whether there is a window at each pixel (TensorFlow's SAME), else only where it fits in (VALID).</param>
internal sealed record OnnxWindow(long[] Size, long[] Strides, long[] Dilations, bool KeepsSize);
