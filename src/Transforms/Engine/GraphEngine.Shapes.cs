using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Engine;

// Shapes that must hold for an empty axis too.
internal sealed partial class GraphEngine
{
    // ONNX infers -1 from the number of elements: of none, beside a kept size of 0, it cannot. Behind kept sizes it is computed.
    public GraphValue Reshape(GraphValue x, params long[] shape)
    {
        var kept = shape.TakeWhile(size => size == 0).Count();
        if (kept == 0 || !shape.Contains(-1) || shape.Skip(kept).Contains(0)) { return graph.Reshape(x, shape); }
        var known = shape.Skip(kept).Where(size => size > 0).Aggregate(1L, (product, size) => product * size);
        var rest = graph.Unsqueeze(graph.ReduceAllProduct(graph.Slice(graph.Shape(x), 0, kept)), 0);
        var inferred = rest / graph.Constant(values: [known]);
        var sizes = shape.Skip(kept).Select(size => size == -1 ? inferred : graph.Constant(values: [size]));
        return graph.Reshape(x, graph.Concat(0, [graph.Slice(graph.Shape(x), 0, 0, kept), .. sizes]), zeroIsSize: true);
    }
}
