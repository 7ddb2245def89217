using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// The engine that writes an ONNX graph: every operation adds a node, every parameter name becomes a weight that is read from the source
/// when the model is written. Nothing trains here, so dropout is no node at all.
/// </summary>
/// <param name="graph">The graph under construction.</param>
/// <param name="source">Where the weights come from; asked for shapes now, for values when the graph is written.</param>
internal sealed partial class GraphEngine(GraphBuilder graph, IParameterSource source) : IEngine<GraphValue>
{
    public GraphValue Linear(GraphValue x, string name, int outputs, ParameterRole role = ParameterRole.Weight, bool bias = true)
    {
        var weight = name + ".weight";
        var added = bias ? Weight(name + ".bias") : null;
        if (!source.IsMultipliedInInt8(weight)) return graph.Linear(x, Weight(weight, transpose: true), added);
        var (values, factors) = Int8(weight, transpose: true);
        return graph.LinearInt8(x, values, factors, added);
    }

    // The table is stored once, as the look-up needs it; ONNX Runtime multiplies by the transpose without making it.
    public GraphValue TiedLinear(GraphValue x, string table, int rows, string bias) =>
        graph.Linear(x, graph.Transpose(Weight(table), 1, 0), Weight(bias));

    public GraphValue LayerNorm(GraphValue x, string name, double epsilon = 1e-12, double gain = 1, bool decayed = false) =>
        graph.LayerNorm(x, Weight(name + ".weight"), Weight(name + ".bias"), (float)epsilon);

    public GraphValue Embedding(string name, GraphValue ids, int rows, int width, long? paddingIndex = null) =>
        LookUp(name + ".weight", ids);

    public GraphValue Parameter(string name, long[] shape, ParameterRole role, double start = 0) => Weight(name);

    public void Unused(string name, params long[] shape)
    {
    }

    public IDisposable? Mark(ParameterMarks marks) => null;

    public GraphValue Attention(
        GraphValue query, GraphValue key, GraphValue value, int heads, int headSize, GraphValue? mask, double dropout = 0,
        Action<GraphValue>? probabilities = null, bool inGroups = false, GraphValue? groupMask = null)
    {
        // What comes before the places of a row's queries and keys.
        long[] outer = inGroups ? [0, 0] : [0];
        var first = outer.Length;
        var scores = graph.MatMul(Split(query, first + 1, first, first + 2), Split(key, first + 1, first + 2, first));
        scores = scores * (1f / MathF.Sqrt(headSize));
        if (mask is not null) scores += mask;
        if (groupMask is not null) scores += graph.Unsqueeze(groupMask, 1);
        var weights = graph.Softmax(scores);
        probabilities?.Invoke(weights);
        var context = graph.MatMul(weights, Split(value, first + 1, first, first + 2));
        return graph.Reshape(graph.Transpose(context, Order(first + 1, first, first + 2)), [.. outer, 0, (long)heads * headSize]);

        GraphValue Split(GraphValue x, params long[] order) =>
            graph.Transpose(graph.Reshape(x, [.. outer, 0, heads, headSize]), Order(order));

        long[] Order(params long[] order) => inGroups ? [0, 1, .. order] : [0, .. order];
    }

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
        Activation.HardSigmoid => graph.HardSigmoid(x, 1f / 6, 0.5f),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };

    public GraphValue Dropout(GraphValue x, double probability) => x;

    public GraphValue DropRows(GraphValue x, double probability) => x;

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

    public GraphValue Transpose(GraphValue x, params int[] order) => graph.Transpose(x, [.. order]);

    public GraphValue Unsqueeze(GraphValue x, int axis) => graph.Unsqueeze(x, axis);

    public GraphValue Squeeze(GraphValue x, int axis) => graph.Squeeze(x, axis);

    public GraphValue Slice(GraphValue x, int axis, long start, long? end) => graph.Slice(x, axis, start, end ?? long.MaxValue);

    public GraphValue Take(GraphValue x, int axis, GraphValue length) =>
        graph.Slice(x, axis, graph.Constant(values: [0]), graph.Unsqueeze(length, 0));

    public GraphValue Concat(int axis, params GraphValue[] parts) => graph.Concat(axis, parts);

    public GraphValue Sin(GraphValue x) => graph.Sin(x);

    public GraphValue Cos(GraphValue x) => graph.Cos(x);

    public GraphValue Sqrt(GraphValue x) => graph.Sqrt(x);
}
