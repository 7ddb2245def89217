namespace MLNet.VisionLanguage.Onnx;

/// <summary>
/// A tensor that flows through a graph under construction: its name there and its element type. Arithmetic and comparison operators
/// add the matching node, with ONNX's broadcasting, so formulas read as formulas.
/// </summary>
internal sealed class GraphValue
{
    internal GraphValue(GraphBuilder graph, string name, OnnxType type) => (Graph, Name, Type) = (graph, name, type);

    public GraphBuilder Graph { get; }

    public string Name { get; }

    public OnnxType Type { get; }

    public static GraphValue operator +(GraphValue left, GraphValue right) => left.Graph.Binary("Add", left, right);

    public static GraphValue operator -(GraphValue left, GraphValue right) => left.Graph.Binary("Sub", left, right);

    public static GraphValue operator *(GraphValue left, GraphValue right) => left.Graph.Binary("Mul", left, right);

    public static GraphValue operator /(GraphValue left, GraphValue right) => left.Graph.Binary("Div", left, right);

    public static GraphValue operator +(GraphValue left, double right) => left + left.Graph.ScalarLike(left, right);

    public static GraphValue operator -(GraphValue left, double right) => left - left.Graph.ScalarLike(left, right);

    public static GraphValue operator *(GraphValue left, double right) => left * left.Graph.ScalarLike(left, right);

    public static GraphValue operator /(GraphValue left, double right) => left / left.Graph.ScalarLike(left, right);

    public static GraphValue operator -(double left, GraphValue right) => right.Graph.ScalarLike(right, left) - right;

    public static GraphValue operator >(GraphValue left, GraphValue right) => left.Graph.Compare("Greater", left, right);

    public static GraphValue operator <(GraphValue left, GraphValue right) => left.Graph.Compare("Less", left, right);

    public static GraphValue operator >=(GraphValue left, GraphValue right) => left.Graph.Compare("GreaterOrEqual", left, right);

    public static GraphValue operator <=(GraphValue left, GraphValue right) => left.Graph.Compare("LessOrEqual", left, right);

    public static GraphValue operator >(GraphValue left, double right) => left > left.Graph.ScalarLike(left, right);

    public static GraphValue operator <(GraphValue left, double right) => left < left.Graph.ScalarLike(left, right);

    public static GraphValue operator &(GraphValue left, GraphValue right) => left.Graph.Logical("And", left, right);

    public static GraphValue operator |(GraphValue left, GraphValue right) => left.Graph.Logical("Or", left, right);

    public static GraphValue operator !(GraphValue value) => value.Graph.Not(value);

    public override string ToString() => $"{Name}: {Type}";
}
