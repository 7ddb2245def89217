using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Engine;

// Operations on boxes.
internal sealed partial class GraphEngine : IRegionEngine<GraphValue>
{
    public GraphValue Exp(GraphValue x) => graph.Exp(x);

    public GraphValue Log(GraphValue x) => graph.Log(x);

    // ONNX Runtime 1.31 takes the larger of Int64 by the lower half of their bits: of 3,000,000,000 and 0 it gives 0.
    public GraphValue Minimum(GraphValue a, GraphValue b) => a.Type == OnnxType.Int64 ? graph.Where(a < b, a, b) : graph.Min(a, b);

    public GraphValue Maximum(GraphValue a, GraphValue b) => a.Type == OnnxType.Int64 ? graph.Where(a < b, b, a) : graph.Max(a, b);

    public GraphValue MaxAlong(GraphValue x, int axis) => graph.ReduceMax(x, axis, keepDimension: false);

    public GraphValue ArgMax(GraphValue x, int axis) => graph.ArgMax(x, axis);

    public GraphValue Largest(GraphValue x, GraphValue count) =>
        graph.TopK(x, graph.Min(graph.Unsqueeze(count, 0), graph.Size(x, 0)), 0).Places;

    public GraphValue Where(GraphValue x) => graph.Squeeze(graph.NonZero(x), 0);

    public GraphValue GreatestAt(GraphValue values, GraphValue places, GraphValue count) =>
        graph.ScatterMax(graph.Fill(graph.Unsqueeze(count, 0), 0f), places, values);

    public GraphValue Suppress(GraphValue boxes, GraphValue scores, double threshold, float least)
    {
        RegionChecks.Overlap(threshold);
        var kept = graph.NonMaxSuppression(
            graph.Unsqueeze(boxes, 0), graph.Unsqueeze(scores, 0), RegionChecks.Floor(threshold), float.IsNegativeInfinity(least) ? null : least);
        return graph.Slice(kept, 1, 1);
    }

    public GraphValue RoiPool(GraphValue x, GraphValue boxes, int size, float scale)
    {
        RegionChecks.Grid(nameof(RoiPool), size, scale);
        return graph.MaxRoiPool(x, boxes, size, scale);
    }

    public GraphValue RoiAlign(GraphValue x, GraphValue boxes, int size, float scale, int samples, bool aligned)
    {
        RegionChecks.Grid(nameof(RoiAlign), size, scale);
        WindowChecks.Positive(nameof(RoiAlign), nameof(samples), samples);
        var images = graph.Cast(graph.Squeeze(graph.Slice(boxes, 1, 0, 1), 1), OnnxType.Int64);
        return graph.RoiAlign(x, graph.Slice(boxes, 1, 1), images, size, scale, samples, aligned);
    }
}
