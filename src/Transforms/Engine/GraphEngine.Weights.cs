using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Engine;

// Weights in the type that the source wants them stored in; computed with as floats.
internal sealed partial class GraphEngine
{
    private GraphValue Weight(string name, bool transpose = false)
    {
        if (TypeOf(name) == TensorElementType.Float32) { return graph.Weight(name, source.ShapeOf(name), Read(name), transpose); }
        if (TypeOf(name) == TensorElementType.Float16) { return graph.Cast(Half(name, transpose), OnnxType.Float); }

        // Not DequantizeLinear: before a product ONNX Runtime takes that for leave to round the other operand to int8 as well.
        var (values, factors) = Int8(name, transpose);
        long[] others = [.. Enumerable.Range(1, source.ShapeOf(name).Count - 1)];
        return graph.Cast(values, OnnxType.Float) * (transpose ? factors : graph.Unsqueeze(factors, others));
    }

    /// <summary>Rows of a table: those that are looked up become floats, not the whole table.</summary>
    private GraphValue LookUp(string name, GraphValue ids)
    {
        if (TypeOf(name) == TensorElementType.Float32) { return graph.Gather(Weight(name), ids); }
        if (TypeOf(name) == TensorElementType.Float16) { return graph.Cast(graph.Gather(Half(name), ids), OnnxType.Float); }
        var (values, factors) = Int8(name);
        return graph.Cast(graph.Gather(values, ids), OnnxType.Float) * graph.Unsqueeze(graph.Gather(factors, ids), -1);
    }

    private GraphValue Half(string name, bool transpose = false) => graph.HalfWeight(name, source.ShapeOf(name), Read(name), transpose);

    private (GraphValue Values, GraphValue Factors) Int8(string name, bool transpose = false) =>
        graph.Int8Weight(name, source.ShapeOf(name), Read(name), transpose);

    private TensorElementType TypeOf(string name) => source.TypeOf(name) switch
    {
        TensorElementType.Int8 when source.ShapeOf(name).Count < 2 => TensorElementType.Float32,
        var type and (TensorElementType.Float32 or TensorElementType.Float16 or TensorElementType.Int8) => type,
        var other => throw new NotSupportedException($"Parameter '{name}': weights are not stored as {other}."),
    };

    private Func<float[]> Read(string name) => () => source.Read(name);
}
