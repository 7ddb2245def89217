namespace MLNet.VisionLanguage.Onnx;

// Arithmetic, comparisons, reductions.
internal sealed partial class GraphBuilder
{
    public GraphValue MatMul(GraphValue left, GraphValue right) => Binary("MatMul", left, right);

    public GraphValue Pow(GraphValue value, double exponent) => Node("Pow", value.Type, [value, ScalarLike(value, exponent)]);

    public GraphValue Sqrt(GraphValue value) => Unary("Sqrt", value);

    public GraphValue Exp(GraphValue value) => Unary("Exp", value);

    public GraphValue Log(GraphValue value) => Unary("Log", value);

    public GraphValue Abs(GraphValue value) => Unary("Abs", value);

    public GraphValue Negate(GraphValue value) => Unary("Neg", value);

    public GraphValue Floor(GraphValue value) => Unary("Floor", value);

    public GraphValue Sin(GraphValue value) => Unary("Sin", value);

    public GraphValue Cos(GraphValue value) => Unary("Cos", value);

    public GraphValue Tanh(GraphValue value) => Unary("Tanh", value);

    public GraphValue Sigmoid(GraphValue value) => Unary("Sigmoid", value);

    /// <summary>slope · x + middle, held between 0 and 1.</summary>
    public GraphValue HardSigmoid(GraphValue value, float slope, float middle) =>
        Node("HardSigmoid", value.Type, [value], Attribute("alpha", slope), Attribute("beta", middle));

    public GraphValue Relu(GraphValue value) => Unary("Relu", value);

    /// <summary>The exact form, 0.5 x (1 + erf(x / √2)).</summary>
    public GraphValue Gelu(GraphValue value) => Node("Gelu", value.Type, [value], Attribute("approximate", "none"));

    public GraphValue Softmax(GraphValue value, int axis = -1) => Node("Softmax", value.Type, [value], Attribute("axis", axis));

    public GraphValue LogSoftmax(GraphValue value, int axis = -1) => Node("LogSoftmax", value.Type, [value], Attribute("axis", axis));

    /// <summary>Remainder of a division with the sign of the divisor; integers only, the divisor never 0.</summary>
    public GraphValue Mod(GraphValue left, GraphValue right) => Binary("Mod", left, right);

    public GraphValue Min(GraphValue left, GraphValue right) => Binary("Min", left, right);

    public GraphValue Max(GraphValue left, GraphValue right) => Binary("Max", left, right);

    /// <summary>
    /// Values below <paramref name="low"/> become <paramref name="low"/>, values above <paramref name="high"/> become that.
    /// </summary>
    public GraphValue Clip(GraphValue value, double low, double high) =>
        Node("Clip", value.Type, [value, ScalarLike(value, low), ScalarLike(value, high)]);

    public GraphValue Equal(GraphValue left, GraphValue right) => Compare("Equal", left, right);

    public GraphValue Equal(GraphValue left, double right) => Equal(left, ScalarLike(left, right));

    public GraphValue Not(GraphValue value) => Node("Not", OnnxType.Bool, [Expect(value, OnnxType.Bool)]);

    /// <summary>Elements of <paramref name="yes"/> where <paramref name="condition"/> holds, else of <paramref name="no"/>.</summary>
    public GraphValue Where(GraphValue condition, GraphValue yes, GraphValue no)
    {
        ExpectSame("Where", yes, no);
        return Node("Where", yes.Type, [Expect(condition, OnnxType.Bool), yes, no]);
    }

    public GraphValue Cast(GraphValue value, OnnxType type) =>
        value.Type == type ? value : Node("Cast", type, [value], Attribute("to", (long)type));

    public GraphValue ReduceSum(GraphValue value, int axis, bool keepDimension = true) => Reduce("ReduceSum", value, axis, keepDimension);

    public GraphValue ReduceMean(GraphValue value, int axis, bool keepDimension = true) => Reduce("ReduceMean", value, axis, keepDimension);

    public GraphValue ReduceMax(GraphValue value, int axis, bool keepDimension = true) => Reduce("ReduceMax", value, axis, keepDimension);

    public GraphValue ReduceMin(GraphValue value, int axis, bool keepDimension = true) => Reduce("ReduceMin", value, axis, keepDimension);

    /// <summary>The product of all elements, as a scalar; 1 of none.</summary>
    public GraphValue ReduceAllProduct(GraphValue value) => Node("ReduceProd", value.Type, [value], Attribute("keepdims", 0));

    /// <summary>The largest (or smallest) element of everything, as a scalar.</summary>
    public GraphValue ReduceAllMax(GraphValue value) => Node("ReduceMax", value.Type, [value], Attribute("keepdims", 0));

    /// <summary>Position of the largest element along an axis (the first of equals), Int64.</summary>
    public GraphValue ArgMax(GraphValue value, int axis, bool keepDimension = false) => Node(
        "ArgMax", OnnxType.Int64, [value], Attribute("axis", axis), Attribute("keepdims", keepDimension ? 1 : 0));

    /// <summary>Running sum along an axis, each element included in its own sum.</summary>
    public GraphValue CumulativeSum(GraphValue value, int axis) => Node("CumSum", value.Type, [value, Constant((long)axis)]);

    /// <summary>The Einstein summation of <paramref name="inputs"/>, for products that no other operator names.</summary>
    public GraphValue Einsum(string equation, params GraphValue[] inputs) =>
        Node("Einsum", inputs[0].Type, inputs, Attribute("equation", equation));

    internal GraphValue Binary(string operation, GraphValue left, GraphValue right)
    {
        ExpectSame(operation, left, right);
        return Node(operation, left.Type, [left, right]);
    }

    internal GraphValue Compare(string operation, GraphValue left, GraphValue right)
    {
        ExpectSame(operation, left, right);
        return Node(operation, OnnxType.Bool, [left, right]);
    }

    internal GraphValue Logical(string operation, GraphValue left, GraphValue right) =>
        Node(operation, OnnxType.Bool, [Expect(left, OnnxType.Bool), Expect(right, OnnxType.Bool)]);

    private GraphValue Unary(string operation, GraphValue value) => Node(operation, value.Type, [value]);

    private GraphValue Reduce(string operation, GraphValue value, int axis, bool keepDimension) =>
        Node(operation, value.Type, [value, Constant(values: [axis])], Attribute("keepdims", keepDimension ? 1 : 0));

    private static GraphValue Expect(GraphValue value, OnnxType type) => value.Type == type
        ? value
        : throw new ArgumentException($"'{value.Name}' is {value.Type}, expected {type}.", nameof(value));

    private static void ExpectSame(string operation, GraphValue left, GraphValue right)
    {
        if (left.Type != right.Type)
        {
            throw new ArgumentException(
                $"{operation} takes two values of one type; '{left.Name}' is {left.Type}, '{right.Name}' is {right.Type}.");
        }
    }
}
