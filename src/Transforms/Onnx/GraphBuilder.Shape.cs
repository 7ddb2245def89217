namespace MLNet.VisionLanguage.Onnx;

// Shapes, selection, assembly.
internal sealed partial class GraphBuilder
{
    /// <summary>The shape as a list of Int64.</summary>
    public GraphValue Shape(GraphValue value) => Node("Shape", OnnxType.Int64, [value]);

    /// <summary>The size of one dimension as a list of one Int64, ready for <see cref="Concat"/> into a shape.</summary>
    public GraphValue Size(GraphValue value, int axis)
    {
        // "end" is exclusive, and 0 would mean the beginning: the last axis counted from the end must leave it out.
        var node = Node("Shape", OnnxType.Int64, [value], Attribute("start", axis));
        if (axis != -1) _graph.Node[^1].Attribute.Add(Attribute("end", axis + 1));
        return node;
    }

    /// <summary>Gives a new shape; 0 keeps the size of that position, one -1 is worked out.</summary>
    public GraphValue Reshape(GraphValue value, params long[] shape) => Reshape(value, Constant(shape));

    /// <summary>Gives a computed shape; with <paramref name="zeroIsSize"/> a 0 there is an empty axis, not one to keep.</summary>
    public GraphValue Reshape(GraphValue value, GraphValue shape, bool zeroIsSize = false) => zeroIsSize
        ? Node("Reshape", value.Type, [value, Expect(shape, OnnxType.Int64)], Attribute("allowzero", 1))
        : Node("Reshape", value.Type, [value, Expect(shape, OnnxType.Int64)]);

    public GraphValue Transpose(GraphValue value, params long[] axes) => Node("Transpose", value.Type, [value], Attribute("perm", axes));

    /// <summary>Inserts dimensions of size 1; the axes count in the result.</summary>
    public GraphValue Unsqueeze(GraphValue value, params long[] axes) => Node("Unsqueeze", value.Type, [value, Constant(axes)]);

    /// <summary>Drops dimensions of size 1.</summary>
    public GraphValue Squeeze(GraphValue value, params long[] axes) => Node("Squeeze", value.Type, [value, Constant(axes)]);

    /// <summary>Repeats dimensions of size 1 up to <paramref name="shape"/>; sizes of 1 there keep what is.</summary>
    public GraphValue Expand(GraphValue value, GraphValue shape) => Node("Expand", value.Type, [value, Expect(shape, OnnxType.Int64)]);

    public GraphValue Concat(int axis, params GraphValue[] values)
    {
        foreach (var value in values)
            ExpectSame("Concat", values[0], value);
        return values.Length == 1 ? values[0] : Node("Concat", values[0].Type, values, Attribute("axis", axis));
    }

    /// <summary>The part [<paramref name="start"/>, <paramref name="end"/>) along an axis; negative positions count from the end.</summary>
    public GraphValue Slice(GraphValue value, int axis, long start, long end = long.MaxValue) =>
        Slice(value, axis, Constant(values: [start]), Constant(values: [end]));

    /// <summary>The part between positions that are computed, each a list of one Int64.</summary>
    public GraphValue Slice(GraphValue value, int axis, GraphValue start, GraphValue end) =>
        Node("Slice", value.Type, [value, start, end, Constant(values: [axis])]);

    /// <summary>One position along an axis, the axis dropped.</summary>
    public GraphValue Select(GraphValue value, int axis, long position) => Gather(value, Constant(position), axis);

    /// <summary>Entries along an axis by number: the shape of <paramref name="indices"/> takes the place of that axis.</summary>
    public GraphValue Gather(GraphValue value, GraphValue indices, int axis = 0) =>
        Node("Gather", value.Type, [value, indices], Attribute("axis", axis));

    /// <summary>
    /// For every position of <paramref name="indices"/> the element of <paramref name="value"/> with that number on the axis.
    /// </summary>
    public GraphValue GatherElements(GraphValue value, GraphValue indices, int axis) =>
        Node("GatherElements", value.Type, [value, indices], Attribute("axis", axis));

    /// <summary>
    /// The slices of <paramref name="value"/> whose leading coordinates are the last dimension of <paramref name="indices"/>.
    /// </summary>
    public GraphValue GatherND(GraphValue value, GraphValue indices, int batchDimensions = 0) =>
        Node("GatherND", value.Type, [value, indices], Attribute("batch_dims", batchDimensions));

    /// <summary>A copy of <paramref name="value"/> in which the slices named by <paramref name="indices"/> are replaced.</summary>
    public GraphValue ScatterND(GraphValue value, GraphValue indices, GraphValue updates) =>
        Node("ScatterND", value.Type, [value, indices, updates]);

    /// <summary>The largest entries along an axis, largest first, and where they were (Int64); of equals the first.</summary>
    /// <param name="value">Where to look.</param>
    /// <param name="count">How many, a list of one Int64; at most the axis' size.</param>
    /// <param name="axis">The axis.</param>
    public (GraphValue Values, GraphValue Places) TopK(GraphValue value, GraphValue count, int axis = -1)
    {
        var outputs = Nodes("TopK", [value.Type, OnnxType.Int64], [value, Expect(count, OnnxType.Int64)], Attribute("axis", axis));
        return (outputs[0], outputs[1]);
    }

    /// <summary>0, 1, 2, … below <paramref name="count"/> (a scalar Int64).</summary>
    public GraphValue Range(GraphValue count) => Node("Range", OnnxType.Int64, [Constant(0L), Expect(count, OnnxType.Int64), Constant(1L)]);

    /// <summary>A tensor of one value, of a computed shape.</summary>
    public GraphValue Fill(GraphValue shape, float value) => Expand(Constant(value), shape);

    /// <summary>A tensor of one integer, of a computed shape.</summary>
    public GraphValue Fill(GraphValue shape, long value) => Expand(Constant(value), shape);
}
