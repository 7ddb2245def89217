using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using Xunit;
using static MLNet.VisionLanguage.Tests.Engine.EveryEngine;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>
/// Operations with parameters at their edges, the same on every engine; and what the Torch engine says instead of libtorch.
/// </summary>
public sealed class ParameterOperationTests
{
    private static readonly OnnxTensor Six = Floats([1, 2, 3, 4, 5, 6], 2, 3);

    [Fact]
    public void A_linear_layer_takes_any_number_of_rows()
    {
        var weights = Named(("l.weight", Floats([1, 0, 0, 1, 1, 1], 2, 3)), ("l.bias", Floats([10, 20], 2)));
        Gives(Floats([11, 26, 14, 35], 2, 2), (e, x) => e.Linear(x[0], "l", 2), weights, Six);
        Gives(Floats([11, 26], 1, 1, 2), (e, x) => e.Linear(x[0], "l", 2), weights, Floats([1, 2, 3], 1, 1, 3));
        Gives(Zeros(0, 2), (e, x) => e.Linear(x[0], "l", 2), weights, Zeros(0, 3));
        Gives(Zeros(2, 0, 2), (e, x) => e.Linear(x[0], "l", 2), weights, Zeros(2, 0, 3));
        weights.Remove("l.bias");
        Gives(Floats([1, 6], 1, 2), (e, x) => e.Linear(x[0], "l", 2, bias: false), weights, Floats([1, 2, 3], 1, 3));
        weights.Add("l.bias", Zeros(2));
        Refuses((e, x) => e.Linear(x[0], "l", 2), weights, Zeros(2, 4));
        Refuses((e, x) => e.Linear(x[0], "l", 2), weights, Floats([1]));
    }

    [Fact]
    public void A_decoder_reads_the_table_it_is_tied_to()
    {
        var weights = Named(("t", Floats([1, 0, 0, 1, 1, 1], 2, 3)), ("b", Floats([10, 20], 2)));
        Gives(Floats([11, 26, 14, 35], 2, 2), (e, x) => e.TiedLinear(x[0], "t", 2, "b"), weights, Six);
        Gives(Zeros(0, 4, 2), (e, x) => e.TiedLinear(x[0], "t", 2, "b"), weights, Zeros(0, 4, 3));
        Refuses((e, x) => e.TiedLinear(x[0], "t", 2, "b"), weights, Zeros(2, 2));
    }

    [Fact]
    public void A_layer_norm_of_one_number_is_its_bias()
    {
        Gives(Floats([7, 7], 2, 1), (e, x) => e.LayerNorm(x[0], "n"), Norm([3], [7]), Floats([5, -5], 2, 1));
        // Mean 2, variance 1 and, with 3 more in the root, deviation 2.
        Gives(Floats([-0.5f, 1.5f], 1, 2), (e, x) => e.LayerNorm(x[0], "n", 3), Norm([1, 1], [0, 1]), Floats([1, 3], 1, 2));
        Gives(Zeros(0, 2), (e, x) => e.LayerNorm(x[0], "n"), Norm([1, 1], [0, 0]), Zeros(0, 2));
        Refuses((e, x) => e.LayerNorm(x[0], "n"), Norm([1, 1], [0, 0]), Six);
    }

    [Fact]
    public void Embeddings_take_any_shape_of_ids()
    {
        var weights = Named(("t.weight", Floats([1, 2, 3, 4, 5, 6], 3, 2)));
        Gives(Floats([5, 6, 1, 2], 2, 1, 2), (e, x) => e.Embedding("t", x[0], 3, 2), weights, Whole([2, 0], 2, 1));
        Gives(Floats([3, 4], 2), (e, x) => e.Embedding("t", x[0], 3, 2, 1), weights, Whole([1]));
        Gives(Zeros(2, 0, 2), (e, x) => e.Embedding("t", x[0], 3, 2), weights, Whole([], 2, 0));
        Assert.ThrowsAny<Exception>(() => OnGraph((e, x) => e.Embedding("t", x[0], 3, 2), weights, Whole([3], 1)));
        Assert.ThrowsAny<Exception>(() => OnTorch((e, x) => e.Embedding("t", x[0], 3, 2), weights, Whole([3], 1)));
    }

    [Fact]
    public void A_parameter_is_a_value_like_any_other()
    {
        var weights = Named(("p", Floats([1, 2], 2)));
        Gives(Floats([2, 4], 2), (e, x) => e.Affine(e.Parameter("p", [2], ParameterRole.Gate), 2), weights);
        Gives(Zeros(0, 2), (e, x) => e.Add(x[0], e.Parameter("p", [2], ParameterRole.Gate)), weights, Zeros(0, 2));
    }

    [Fact]
    public void Errors_name_the_operation_and_the_shapes()
    {
        Says("Add of [2, 3] and [2]", (e, x) => e.Add(x[0], e.Constant([1f, 2f], 2)));
        Says("Matrix product of [2, 3] and [2, 3]", (e, x) => e.MatMul(x[0], x[0]));
        Says("Reshape of [2, 3] to [4, -1]", (e, x) => e.Reshape(x[0], 4, -1));
        Says("Transpose of [2, 3]: [0, 0]", (e, x) => e.Transpose(x[0], 0, 0));
        Says("Concat along axis 1 of [2, 3] (Float32) and [3, 2] (Float32)", (e, x) => e.Concat(1, x[0], e.Transpose(x[0], 1, 0)));
        Says("Sum of [2, 3]: there is no such axis", (e, x) => e.Sum(x[0], 2, true));
        Says("Unsqueeze of [2, 3]: there is no such axis", (e, x) => e.Unsqueeze(x[0], 3));
        Says("Roll of [2, 3]: there is no such axis", (e, x) => e.Roll(x[0], (-3, 1)));
        Says("Attention of queries [1, 2, 3] to keys [1, 2, 3]", (e, x) =>
            e.Attention(e.Unsqueeze(x[0], 0), e.Unsqueeze(x[0], 0), e.Unsqueeze(e.Slice(x[0], 0, 0, 1), 0), 1, 3, null));
        Says("'MaxPool': a window of 3 × 3 pixels does not fit into [1, 1, 2, 3]", (e, x) =>
            e.MaxPool(e.Reshape(x[0], 1, 1, 2, 3), 3, 1));
        Says("'Resize' takes images [rows, channels, height, width] with pixels; found a tensor of shape [2, 3]", (e, x) =>
            e.Resize(x[0], 2, 2, Interpolation.Bilinear));

        static void Says(string message, Formula formula)
        {
            var error = Assert.ThrowsAny<ArgumentException>(() => OnTorch(formula, [], Six));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    private static Dictionary<string, OnnxTensor> Named(params (string Name, OnnxTensor Values)[] weights) =>
        weights.ToDictionary(weight => weight.Name, weight => weight.Values);

    private static Dictionary<string, OnnxTensor> Norm(float[] gain, float[] bias) =>
        Named(("n.weight", Floats(gain, gain.Length)), ("n.bias", Floats(bias, bias.Length)));
}
