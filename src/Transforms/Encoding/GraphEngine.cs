using MLNet.VisionLanguage.Architectures;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Encoding;

/// <summary>
/// The engine that writes an ONNX graph: every operation adds a node, every parameter name becomes a weight that is read from the source
/// when the model is written. Nothing trains here, so dropout is no node at all.
/// </summary>
/// <param name="graph">The graph under construction.</param>
/// <param name="source">Where the weights come from; asked for shapes now, for values when the graph is written.</param>
internal sealed class GraphEngine(GraphBuilder graph, IParameterSource source) : IEngine<GraphValue>
{
    private const float LayerNormEpsilon = 1e-12f;

    public GraphValue Linear(GraphValue x, string name) => graph.Linear(x, Weight(name + ".weight", transpose: true), Parameter(name + ".bias"));

    // The table is stored once, as the look-up needs it; ONNX Runtime multiplies by the transpose without making it.
    public GraphValue TiedLinear(GraphValue x, string table, string bias) =>
        graph.Linear(x, graph.Transpose(Parameter(table), 1, 0), Parameter(bias));

    public GraphValue LayerNorm(GraphValue x, string name) =>
        graph.LayerNorm(x, Parameter(name + ".weight"), Parameter(name + ".bias"), LayerNormEpsilon);

    public GraphValue Embedding(string name, GraphValue ids, long? paddingIndex = null) => graph.Gather(Parameter(name + ".weight"), ids);

    public GraphValue Parameter(string name) => Weight(name, transpose: false);

    public GraphValue Add(GraphValue a, GraphValue b) => a + b;

    public GraphValue Subtract(GraphValue a, GraphValue b) => a - b;

    public GraphValue Multiply(GraphValue a, GraphValue b) => a * b;

    public GraphValue Divide(GraphValue a, GraphValue b) => a / b;

    public GraphValue Affine(GraphValue x, float factor, float shift = 0)
    {
        var scaled = factor == 1 ? x : x * factor;
        return shift == 0 ? scaled : scaled + shift;
    }

    public GraphValue MatMul(GraphValue a, GraphValue b) => graph.MatMul(a, b);

    public GraphValue Softmax(GraphValue x) => graph.Softmax(x);

    public GraphValue Activate(GraphValue x, Activation activation) => activation switch
    {
        Activation.Gelu => graph.Gelu(x),
        Activation.Relu => graph.Relu(x),
        Activation.Swish => x * graph.Sigmoid(x),
        Activation.Tanh => graph.Tanh(x),
        Activation.Sigmoid => graph.Sigmoid(x),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };

    public GraphValue Dropout(GraphValue x, double probability) => x;

    public GraphValue Sum(GraphValue x, int axis, bool keepAxis) => graph.ReduceSum(x, axis, keepAxis);

    public GraphValue Max(GraphValue x) => graph.ReduceAllMax(x);

    public GraphValue CumulativeSum(GraphValue x, int axis) => graph.CumulativeSum(x, axis);

    public GraphValue Equal(GraphValue a, GraphValue b) => ToFloat(graph.Equal(a, b));

    public GraphValue Less(GraphValue a, GraphValue b) => ToFloat(a < b);

    public GraphValue Above(GraphValue x, float threshold) => ToFloat(x > threshold);

    public GraphValue ToFloat(GraphValue x) => graph.Cast(x, OnnxType.Float);

    public GraphValue ToInt64(GraphValue x) => graph.Cast(x, OnnxType.Int64);

    public GraphValue Range(GraphValue count) => graph.Range(count);

    public GraphValue Length(GraphValue x, int axis) => graph.Squeeze(graph.Size(x, axis), 0);

    public GraphValue Constant(float[] values, params long[] shape) => graph.Constant(values, shape);

    public GraphValue Constant(long[] values, params long[] shape) => graph.Constant(values, shape);

    public GraphValue Reshape(GraphValue x, params long[] shape) => graph.Reshape(x, shape);

    public GraphValue Transpose(GraphValue x, params int[] order) => graph.Transpose(x, [.. order]);

    public GraphValue Unsqueeze(GraphValue x, int axis) => graph.Unsqueeze(x, axis);

    public GraphValue Squeeze(GraphValue x, int axis) => graph.Squeeze(x, axis);

    public GraphValue Slice(GraphValue x, int axis, long start, long? end) => graph.Slice(x, axis, start, end ?? long.MaxValue);

    public GraphValue Take(GraphValue x, int axis, GraphValue length) =>
        graph.Slice(x, axis, graph.Constant(values: [0]), graph.Unsqueeze(length, 0));

    public GraphValue Concat(int axis, params GraphValue[] parts) => graph.Concat(axis, parts);

    private GraphValue Weight(string name, bool transpose) => graph.Weight(name, source.ShapeOf(name), () => source.Read(name), transpose);
}
