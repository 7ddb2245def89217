using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Engine;

// Operations on images.
internal sealed partial class GraphEngine : IImageEngine<GraphValue>
{
    public GraphValue Conv2D(
        GraphValue x, string name, int outputs, int kernel, int stride, int padding, int dilation, int groups, bool bias)
    {
        WindowChecks.Convolution(name, outputs, kernel, stride, padding, dilation, groups);
        WindowChecks.Parameter(name + ".weight", source.ShapeOf(name + ".weight"), outputs, -1, kernel, kernel);
        if (bias) WindowChecks.Parameter(name + ".bias", source.ShapeOf(name + ".bias"), outputs);
        return graph.Conv(
            x, Weight(name + ".weight"), bias ? Weight(name + ".bias") : null, stride, padding, dilation, groups);
    }

    public GraphValue BatchNorm(GraphValue x, string name, float epsilon)
    {
        GraphValue Channels(string which)
        {
            WindowChecks.Parameter($"{name}.{which}", source.ShapeOf($"{name}.{which}"), source.ShapeOf(name + ".weight")[0]);
            return Weight($"{name}.{which}");
        }

        return graph.BatchNorm(x, Channels("weight"), Channels("bias"), Channels("running_mean"), Channels("running_var"), epsilon);
    }

    public GraphValue MaxPool(GraphValue x, int kernel, int stride, int padding, bool ceiling)
    {
        WindowChecks.Pooling(nameof(MaxPool), kernel, stride, padding);
        return graph.MaxPool(x, kernel, stride, padding, ceiling);
    }

    public GraphValue AveragePool(GraphValue x, int kernel, int stride, int padding)
    {
        WindowChecks.Pooling(nameof(AveragePool), kernel, stride, padding);
        return graph.AveragePool(x, kernel, stride, padding);
    }

    public GraphValue GlobalAveragePool(GraphValue x) => graph.GlobalAveragePool(x);

    public GraphValue Resize(GraphValue x, int height, int width, Interpolation interpolation)
    {
        WindowChecks.Positive(nameof(Resize), nameof(height), height);
        WindowChecks.Positive(nameof(Resize), nameof(width), width);
        return Resize(x, graph.Constant(values: [height, width]), interpolation);
    }

    public GraphValue ResizeLike(GraphValue x, GraphValue other, Interpolation interpolation) =>
        Resize(x, graph.Concat(0, graph.Size(other, 2), graph.Size(other, 3)), interpolation);

    public GraphValue Pad(GraphValue x, float value, params int[] amounts)
    {
        WindowChecks.Padding(amounts);
        var axes = amounts.Length / 2;
        if (axes == 0) return x;
        var before = amounts.Where((_, i) => i % 2 == 0);
        var after = amounts.Where((_, i) => i % 2 == 1);
        return graph.Pad(
            x,
            graph.Constant([.. before.Concat(after).Select(amount => (long)amount)]),
            value,
            [.. Enumerable.Range(1, axes).Select(axis => -(long)axis)]);
    }

    public GraphValue DropBlocks(GraphValue x, double probability, int size)
    {
        WindowChecks.Odd(nameof(DropBlocks), nameof(size), size);
        return x;
    }

    public GraphValue PadToMultiple(GraphValue x, int axis, int multiple)
    {
        WindowChecks.Positive(nameof(PadToMultiple), nameof(multiple), multiple);
        var missing = graph.Mod(0 - graph.Size(x, axis), graph.Constant(values: [multiple]));
        return graph.Pad(x, graph.Concat(0, graph.Constant(values: [0]), missing), 0, axis);
    }

    // Two slices and a concatenation. The remainder of a division by an empty axis would end the process, so it is taken of 1 there.
    public GraphValue Roll(GraphValue x, params (int Axis, int Shift)[] shifts)
    {
        foreach (var (axis, shift) in shifts)
        {
            var length = graph.Size(x, axis);
            var moved = graph.Mod(graph.Constant(values: [-(long)shift]), graph.Max(length, graph.Constant(values: [1])));
            x = graph.Concat(
                axis,
                graph.Slice(x, axis, moved, graph.Constant(values: [long.MaxValue])),
                graph.Slice(x, axis, graph.Constant(values: [0]), moved));
        }

        return x;
    }

    public GraphValue Gather(GraphValue table, GraphValue rows) => graph.Gather(table, rows);

    // Every size is computed, none left for the runtime to infer: with an empty axis beside it there is nothing to infer it from.
    public GraphValue SplitAxis(GraphValue x, int axis, int inner)
    {
        WindowChecks.Positive(nameof(SplitAxis), nameof(inner), inner);
        var parts = graph.Constant(values: [inner]);
        return Reshape(x, axis, 1, [graph.Size(x, axis) / parts, parts]);
    }

    public GraphValue MergeAxes(GraphValue x, int axis)
    {
        if (axis == -1) throw new ArgumentOutOfRangeException(nameof(axis), axis, "There is no axis after the last to merge it with.");
        return Reshape(x, axis, 2, [graph.Size(x, axis) * graph.Size(x, axis + 1)]);
    }

    /// <summary>Replaces <paramref name="count"/> axes from <paramref name="axis"/> on by axes of the given sizes.</summary>
    private GraphValue Reshape(GraphValue x, int axis, int count, GraphValue[] sizes)
    {
        var shape = graph.Shape(x);
        var parts = new List<GraphValue>(sizes);
        if (axis != 0) parts.Insert(0, graph.Slice(shape, 0, 0, axis));
        if (axis + count != 0) parts.Add(graph.Slice(shape, 0, axis + count));
        return graph.Reshape(x, graph.Concat(0, [.. parts]), zeroIsSize: true);
    }

    // ONNX Runtime's nearest divides by a rounded scale, and so takes pixel 6 for place 1 of 14 pixels made 2. This is libtorch's rounding.
    private GraphValue Nearest(GraphValue x, GraphValue size, int axis)
    {
        var count = graph.Slice(size, 0, axis, axis + 1);
        var old = graph.Size(x, axis + 2);
        var places = graph.Cast(graph.Range(graph.Squeeze(count, 0)), OnnxType.Float);
        var scale = graph.Cast(old, OnnxType.Float) / graph.Cast(count, OnnxType.Float);
        var scaled = graph.Cast(graph.Floor(places * scale), OnnxType.Int64);
        return graph.Gather(x, graph.Min(scaled, old - 1), axis + 2);
    }

    private GraphValue Resize(GraphValue x, GraphValue size, Interpolation interpolation) => interpolation switch
    {
        Interpolation.Nearest => Nearest(Nearest(x, size, 0), size, 1),
        Interpolation.Bilinear => graph.ResizeBilinear(x, size, "half_pixel"),
        Interpolation.BilinearCorners => graph.ResizeBilinear(x, size, "align_corners"),
        _ => throw new ArgumentOutOfRangeException(nameof(interpolation), interpolation, null),
    };
}
