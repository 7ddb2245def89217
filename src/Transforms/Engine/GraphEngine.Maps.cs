using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Engine;

// Operations of detectors' heads on maps.
internal sealed partial class GraphEngine
{
    public GraphValue DeformConv2D(
        GraphValue x, GraphValue offsets, GraphValue masks, string name, int outputs, int kernel, int stride, int padding, bool bias)
    {
        WindowChecks.Convolution(name, outputs, kernel, stride, padding, 1, 1);
        WindowChecks.Parameter(name + ".weight", source.ShapeOf(name + ".weight"), outputs, -1, kernel, kernel);
        if (bias) WindowChecks.Parameter(name + ".bias", source.ShapeOf(name + ".bias"), outputs);
        return graph.DeformConv(
            x, Weight(name + ".weight"), offsets, bias ? Weight(name + ".bias") : null, masks, kernel, stride, padding);
    }

    // The operator set's own GroupNormalization has a factor for each group, not for each channel.
    public GraphValue GroupNorm(GraphValue x, string name, int groups, float epsilon, bool decayed)
    {
        WindowChecks.Groups(name, source.ShapeOf(name + ".weight")[0], groups);
        WindowChecks.Parameter(name + ".bias", source.ShapeOf(name + ".bias"), source.ShapeOf(name + ".weight")[0]);
        var ones = new float[groups];
        Array.Fill(ones, 1);
        var parts = graph.InstanceNorm(
            Reshape(x, 0, groups, -1), graph.Constant(ones, groups), graph.Constant(new float[groups], groups), epsilon);
        var normal = graph.Reshape(parts, graph.Shape(x), zeroIsSize: true);
        return normal * graph.Unsqueeze(Weight(name + ".weight"), 1, 2) + graph.Unsqueeze(Weight(name + ".bias"), 1, 2);
    }

    public GraphValue ReshapeLike(GraphValue x, GraphValue other) => graph.Reshape(x, graph.Shape(other), zeroIsSize: true);

    public GraphValue TakeMaps(GraphValue x, int channels, GraphValue other)
    {
        WindowChecks.Positive(nameof(TakeMaps), nameof(channels), channels);
        var count = graph.Constant(values: [channels]);
        GraphValue height = graph.Size(other, 2), width = graph.Size(other, 3);
        var numbers = graph.Slice(Reshape(x, 0, -1), 1, graph.Constant(values: [0]), count * height * width);
        return graph.Reshape(numbers, graph.Concat(0, graph.Size(x, 0), count, height, width), zeroIsSize: true);
    }
}
