namespace MLNet.VisionLanguage.Onnx;

// Operators over images [rows, channels, height, width].
internal sealed partial class GraphBuilder
{
    /// <summary>Convolution with a square window, the same padding on every side.</summary>
    /// <param name="value">[rows, channels, height, width].</param>
    /// <param name="weight">[outputs, channels / groups, kernel, kernel].</param>
    /// <param name="bias">[outputs], or null for none.</param>
    /// <param name="stride">Pixels from one window to the next.</param>
    /// <param name="padding">Zeros on every side.</param>
    /// <param name="dilation">Pixels from one entry of the window to the next.</param>
    /// <param name="groups">Parts of the channels that are convolved each for itself.</param>
    public GraphValue Conv(GraphValue value, GraphValue weight, GraphValue? bias, long stride, long padding, long dilation, long groups) =>
        Node(
            "Conv",
            value.Type,
            bias is null ? [value, weight] : [value, weight, bias],
            Attribute("strides", [stride, stride]),
            Attribute("pads", [padding, padding, padding, padding]),
            Attribute("dilations", [dilation, dilation]),
            Attribute("group", groups));

    /// <summary>Convolution whose windows read between pixels at places of their own; the padding is the same on every side.</summary>
    /// <param name="value">[rows, channels, height, width].</param>
    /// <param name="weight">[outputs, channels, kernel, kernel].</param>
    /// <param name="offsets">[rows, 2 kernel², h, w]: down and across of each entry of the window.</param>
    /// <param name="bias">[outputs], or null for none.</param>
    /// <param name="masks">[rows, kernel², h, w].</param>
    /// <param name="kernel">Side of the window.</param>
    /// <param name="stride">Pixels from one window to the next.</param>
    /// <param name="padding">Zeros on every side.</param>
    public GraphValue DeformConv(
        GraphValue value, GraphValue weight, GraphValue offsets, GraphValue? bias, GraphValue masks, long kernel, long stride, long padding) =>
        Node(
            "DeformConv",
            value.Type,
            [value, weight, offsets, bias, masks],
            Attribute("kernel_shape", [kernel, kernel]),
            Attribute("strides", [stride, stride]),
            Attribute("pads", [padding, padding, padding, padding]));

    /// <summary>Each row's channels to mean 0 and variance 1, then scaled and shifted.</summary>
    /// <param name="value">[rows, channels, ...].</param>
    /// <param name="gain">[channels].</param>
    /// <param name="bias">[channels].</param>
    /// <param name="epsilon">Added to the variance.</param>
    public GraphValue InstanceNorm(GraphValue value, GraphValue gain, GraphValue bias, float epsilon) =>
        Node("InstanceNormalization", value.Type, [value, gain, bias], Attribute("epsilon", epsilon));

    /// <summary>Normalisation by stored statistics, all [channels].</summary>
    public GraphValue BatchNorm(GraphValue value, GraphValue gain, GraphValue bias, GraphValue mean, GraphValue variance, float epsilon) =>
        Node("BatchNormalization", value.Type, [value, gain, bias, mean, variance], Attribute("epsilon", epsilon));

    public GraphValue MaxPool(GraphValue value, long kernel, long stride, long padding, bool ceiling) =>
        Pool("MaxPool", value, kernel, stride, padding, Attribute("ceil_mode", ceiling ? 1 : 0));

    /// <summary>Means of windows in which padding counts as zeros.</summary>
    public GraphValue AveragePool(GraphValue value, long kernel, long stride, long padding) =>
        Pool("AveragePool", value, kernel, stride, padding, Attribute("count_include_pad", 1));

    public GraphValue GlobalAveragePool(GraphValue value) => Unary("GlobalAveragePool", value);

    /// <summary>
    /// Another height and width, each pixel between four of the old ones. All sizes are told: ONNX Runtime 1.31 moves a transposition past a
    /// Resize of some axes as though its sizes were of all.
    /// </summary>
    /// <param name="value">[rows, channels, height, width].</param>
    /// <param name="size">A list of two Int64: height, width.</param>
    /// <param name="places">ONNX's coordinate_transformation_mode, such as "half_pixel".</param>
    /// <param name="antialias">Whether a pixel of a smaller image is a mean over what it covers.</param>
    public GraphValue ResizeBilinear(GraphValue value, GraphValue size, string places, bool antialias = false) => Node(
        "Resize",
        value.Type,
        [value, null, null, Concat(0, Slice(Shape(value), 0, 0, 2), Expect(size, OnnxType.Int64))],
        Attribute("mode", "linear"),
        Attribute("coordinate_transformation_mode", places),
        Attribute("antialias", antialias ? 1 : 0));

    /// <summary>Lengthens some axes by a constant.</summary>
    /// <param name="value">Any tensor.</param>
    /// <param name="amounts">A list of Int64: before each of the axes, then after each.</param>
    /// <param name="fill">The constant.</param>
    /// <param name="axes">The axes; negative ones count from the end.</param>
    public GraphValue Pad(GraphValue value, GraphValue amounts, double fill, params long[] axes) =>
        Node("Pad", value.Type, [value, Expect(amounts, OnnxType.Int64), ScalarLike(value, fill), Constant(axes)]);

    private GraphValue Pool(string operation, GraphValue value, long kernel, long stride, long padding, Proto.AttributeProto option) => Node(
        operation,
        value.Type,
        [value],
        Attribute("kernel_shape", [kernel, kernel]),
        Attribute("strides", [stride, stride]),
        Attribute("pads", [padding, padding, padding, padding]),
        option);
}
