using MLNet.VisionLanguage.Onnx;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Onnx;

public class MathOperationTests
{
    private static readonly (string, OnnxTensor)[] Two = [("x", OnnxTensor.Of([1f, 2f, 3f, 4f], 2, 2))];

    private static GraphValue X(GraphBuilder graph) => graph.Input("x", OnnxType.Float, 2, 2);

    [Fact]
    public void Arithmetic_broadcasts()
    {
        GraphValue Row(GraphBuilder g) => g.Constant([10f, 20f], 2);
        OneOperation.Gives([11, 22, 13, 24], [2, 2], g => X(g) + Row(g), Two);
        OneOperation.Gives([-9, -18, -7, -16], [2, 2], g => X(g) - Row(g), Two);
        OneOperation.Gives([10, 40, 30, 80], [2, 2], g => X(g) * Row(g), Two);
        OneOperation.Gives([0.1f, 0.1f, 0.3f, 0.2f], [2, 2], g => X(g) / Row(g), Two);
        OneOperation.Gives([0, -1, -2, -3], [2, 2], g => 1 - X(g), Two);
    }

    [Fact]
    public void Mat_mul_multiplies_matrices() =>
        OneOperation.Gives([21, 43], [2, 1], g => g.MatMul(X(g), g.Constant([1f, 10f], 2, 1)), Two);

    [Theory]
    [InlineData("Relu", 0f, 0f, 2f)]
    [InlineData("Tanh", -0.76159416f, 0f, 0.96402758f)]
    [InlineData("Sigmoid", 0.26894142f, 0.5f, 0.88079708f)]
    [InlineData("Gelu", -0.15865525f, 0f, 1.95449974f)]
    [InlineData("Exp", 0.36787944f, 1f, 7.3890561f)]
    [InlineData("Sin", -0.84147098f, 0f, 0.90929743f)]
    [InlineData("Cos", 0.54030231f, 1f, -0.41614684f)]
    [InlineData("Abs", 1f, 0f, 2f)]
    [InlineData("Negate", 1f, 0f, -2f)]
    [InlineData("Square", 1f, 0f, 4f)]
    [InlineData("Clip", -0.5f, 0f, 1f)]
    public void Functions_of_one_value(string function, float ofMinusOne, float ofZero, float ofTwo)
    {
        GraphValue Apply(GraphBuilder g, GraphValue x) => function switch
        {
            "Relu" => g.Relu(x),
            "Tanh" => g.Tanh(x),
            "Sigmoid" => g.Sigmoid(x),
            "Gelu" => g.Gelu(x),
            "Exp" => g.Exp(x),
            "Sin" => g.Sin(x),
            "Cos" => g.Cos(x),
            "Abs" => g.Abs(x),
            "Negate" => g.Negate(x),
            "Square" => g.Pow(x, 2),
            "Clip" => g.Clip(x, -0.5, 1),
            _ => throw new ArgumentException(function),
        };
        OneOperation.Gives(
            [ofMinusOne, ofZero, ofTwo], [3], g => Apply(g, g.Input("x", OnnxType.Float, 3)), ("x", OnnxTensor.Of([-1f, 0f, 2f], 3)));
    }

    [Fact]
    public void Sqrt_log_floor_min_max()
    {
        OneOperation.Gives([1, 1.41421356f, 1.73205081f, 2], [2, 2], g => g.Sqrt(X(g)), Two);
        OneOperation.Gives([0, 0.69314718f, 1.09861229f, 1.38629436f], [2, 2], g => g.Log(X(g)), Two);
        OneOperation.Gives([0, 0, 1, 1], [2, 2], g => g.Floor(X(g) * 0.4), Two);
        OneOperation.Gives([1, 2, 2.5f, 2.5f], [2, 2], g => g.Min(X(g), g.Constant(2.5f)), Two);
        OneOperation.Gives([2.5f, 2.5f, 3, 4], [2, 2], g => g.Max(X(g), g.Constant(2.5f)), Two);
    }

    [Fact]
    public void Softmax_sums_to_one_along_its_axis()
    {
        OneOperation.Gives([0.26894142f, 0.73105858f, 0.26894142f, 0.73105858f], [2, 2], g => g.Softmax(X(g)), Two);
        OneOperation.Gives([0.11920292f, 0.11920292f, 0.88079708f, 0.88079708f], [2, 2], g => g.Softmax(X(g), 0), Two);
        OneOperation.Gives([-1.31326169f, -0.31326169f, -1.31326169f, -0.31326169f], [2, 2], g => g.LogSoftmax(X(g)), Two);
    }

    [Fact]
    public void Comparisons_and_logic()
    {
        OneOperation.GivesBooleans([false, false, true, true], [2, 2], g => X(g) > 2, Two);
        OneOperation.GivesBooleans([true, false, false, false], [2, 2], g => X(g) < 2, Two);
        OneOperation.GivesBooleans([false, true, true, true], [2, 2], g => X(g) >= g.Constant(2f), Two);
        OneOperation.GivesBooleans([true, true, false, false], [2, 2], g => X(g) <= g.Constant(2f), Two);
        OneOperation.GivesBooleans([false, true, false, false], [2, 2], g => g.Equal(X(g), 2), Two);
        OneOperation.GivesBooleans([false, true, true, false], [2, 2], g => And(g, X(g)), Two);
        OneOperation.GivesBooleans([true, false, false, true], [2, 2], g => !And(g, X(g)), Two);
        OneOperation.GivesBooleans([true, false, false, true], [2, 2], g => Outside(X(g)), Two);
        OneOperation.Gives([0, 2, 3, 0], [2, 2], g => Kept(g, X(g)), Two);

        static GraphValue And(GraphBuilder g, GraphValue x) => (x > 1) & (x < 4);
        static GraphValue Outside(GraphValue x) => (x < 2) | (x > 3);
        static GraphValue Kept(GraphBuilder g, GraphValue x) => g.Where(And(g, x), x, g.Constant(0f));
    }

    [Fact]
    public void Cast_changes_the_type_and_truncates()
    {
        OneOperation.GivesIntegers([0L, 1, 1, 2], [2, 2], g => g.Cast(X(g) / 2, OnnxType.Int64), Two);
        OneOperation.Gives([0f, 0, 1, 1], [2, 2], g => g.Cast(X(g) > 2, OnnxType.Float), Two);
    }

    [Fact]
    public void Reductions_along_an_axis()
    {
        OneOperation.Gives([3f, 7f], [2, 1], g => g.ReduceSum(X(g), 1), Two);
        OneOperation.Gives([2f, 3f], [2], g => g.ReduceMean(X(g), 0, keepDimension: false), Two);
        OneOperation.Gives([3f, 4f], [1, 2], g => g.ReduceMax(X(g), 0), Two);
        OneOperation.Gives([1f, 3f], [2, 1], g => g.ReduceMin(X(g), 1), Two);
        OneOperation.Gives([4f], [], g => g.ReduceAllMax(X(g)), Two);
        OneOperation.GivesIntegers([1L, 1L], [2], g => g.ArgMax(X(g), 1), Two);
        OneOperation.Gives([1f, 3f, 3f, 7f], [2, 2], g => g.CumulativeSum(X(g), 1), Two);
    }

    [Fact]
    public void Einsum_contracts() =>
        OneOperation.Gives([5f, 25f], [2], g => { var x = X(g); return g.Einsum("ij,ij->i", x, x); }, Two);

    [Fact]
    public void Linear_multiplies_by_the_transposed_weight() =>
        OneOperation.Gives(
            [50.5f, 111f, 110.5f, 251f],
            [2, 2],
            g => g.Linear(X(g), g.Weight("w", [2, 2], () => [10, 20, 30, 40], transpose: true), g.Weight("b", [0.5f, 1f], 2)),
            Two);

    [Fact]
    public void Layer_norm_uses_the_biased_variance() =>
        // Mean 1.5 and 3.5, variance 0.25; with epsilon 0.75 the root is 1.
        OneOperation.Gives(
            [-0.5f, 3f, -0.5f, 3f],
            [2, 2],
            g => g.LayerNorm(X(g), g.Weight("gain", [3f, 4f], 2), g.Weight("bias", [1f, 1f], 2), 0.75f),
            Two);

    [Fact]
    public void Mixed_types_are_refused()
    {
        var graph = new GraphBuilder("test");
        var single = graph.Input("a", OnnxType.Float, 1);
        var integer = graph.Input("b", OnnxType.Int64, 1);
        var error = Assert.Throws<ArgumentException>(() => single + integer);
        Assert.Contains("'a' is Float", error.Message);
        Assert.Contains("'b' is Int64", error.Message);
        Assert.Throws<ArgumentException>(() => graph.Not(single));
        Assert.Throws<ArgumentException>(() => integer + 0.5);
    }
}
