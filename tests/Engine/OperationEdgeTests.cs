using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using Xunit;
using static MLNet.VisionLanguage.Tests.Engine.EveryEngine;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>Every operation without parameters, at its edges, the same on every engine.</summary>
public sealed class OperationEdgeTests
{
    private static readonly OnnxTensor Six = Floats([1, 2, 3, 4, 5, 6], 2, 3);
    private static readonly OnnxTensor SixWhole = Whole([1, 2, 3, 4, 5, 6], 2, 3);

    [Fact]
    public void Slices_end_where_the_axis_ends()
    {
        Gives(Floats([2, 3, 5, 6], 2, 2), (e, x) => e.Slice(x[0], 1, 1, 99), Six);
        Gives(Floats([2, 3, 5, 6], 2, 2), (e, x) => e.Slice(x[0], -1, 1, null), Six);
        Gives(Floats([3, 6], 2, 1), (e, x) => e.Slice(x[0], 1, -1, null), Six);
        Gives(Floats([1, 2, 4, 5], 2, 2), (e, x) => e.Slice(x[0], 1, -99, -1), Six);
        Gives(Zeros(2, 0), (e, x) => e.Slice(x[0], 1, 7, null), Six);
        Gives(Zeros(2, 0), (e, x) => e.Slice(x[0], 1, 2, 1), Six);
        Gives(Zeros(0, 3), (e, x) => e.Slice(x[0], 0, 0, -2), Six);
        Gives(Zeros(0, 3), (e, x) => e.Slice(x[0], 0, 0, 1), Zeros(0, 3));
        Gives(Whole([6], 1, 1), (e, x) => e.Slice(e.Slice(x[0], 0, 1, 2), 1, -1, null), SixWhole);
        Refuses((e, x) => e.Slice(x[0], 2, 0, 1), Six);
    }

    [Fact]
    public void Take_gives_what_there_is()
    {
        Gives(Floats([1, 2, 4, 5], 2, 2), (e, x) => e.Take(x[0], 1, x[1]), Six, Whole([2]));
        Gives(Six, (e, x) => e.Take(x[0], 1, x[1]), Six, Whole([99]));
        Gives(Zeros(0, 3), (e, x) => e.Take(x[0], 0, x[1]), Six, Whole([0]));
        Gives(Zeros(2, 0), (e, x) => e.Take(x[0], -1, x[1]), Zeros(2, 0), Whole([3]));
        Gives(Floats([1, 2, 3], 1, 3), (e, x) => e.Take(x[0], 0, e.Length(x[1], 1)), Six, Zeros(7, 1));
    }

    [Fact]
    public void Reshape_keeps_and_infers_sizes_of_empty_values_too()
    {
        Gives(Floats([1, 2, 3, 4, 5, 6], 2, 3, 1), (e, x) => e.Reshape(x[0], 0, -1, 1), Six);
        Gives(Floats([1, 2, 3, 4, 5, 6], 3, 2), (e, x) => e.Reshape(x[0], -1, 2), Six);
        Gives(Floats([1, 2, 3, 4, 5, 6], 6), (e, x) => e.Reshape(x[0], -1), Six);
        Gives(Zeros(0, 3, 1), (e, x) => e.Reshape(x[0], 0, -1, 1), Zeros(0, 3));
        Gives(Zeros(0, 2, 6), (e, x) => e.Reshape(x[0], 0, 0, -1), Zeros(0, 2, 3, 2));
        Gives(Zeros(2, 0, 2, 2), (e, x) => e.Reshape(x[0], 0, 0, 2, 2), Zeros(2, 0, 4));
        Gives(Zeros(2, 0), (e, x) => e.Reshape(x[0], 0, -1), Zeros(2, 3, 0));
        Gives(Zeros(0, 2), (e, x) => e.Reshape(x[0], -1, 2), Zeros(0, 3, 2));
        Gives(Whole([1, 2, 3, 4, 5, 6], 1, 6), (e, x) => e.Reshape(x[0], 1, -1), SixWhole);
        Gives(Floats([7]), (e, x) => e.Reshape(x[0]), Floats([7], 1, 1));
        Refuses((e, x) => e.Reshape(x[0], 4, 2), Six);
        Refuses((e, x) => e.Reshape(x[0], 0, 0, 0), Six);
        Refuses((e, x) => e.Reshape(x[0], 0, -1, 2), Six);
    }

    [Fact]
    public void Transpose_unsqueeze_and_squeeze_count_axes_from_either_end()
    {
        Gives(Floats([1, 4, 2, 5, 3, 6], 3, 2), (e, x) => e.Transpose(x[0], 1, 0), Six);
        Gives(Zeros(3, 0, 2), (e, x) => e.Transpose(x[0], 2, 1, 0), Zeros(2, 0, 3));
        Gives(Floats([1, 2, 3, 4, 5, 6], 2, 3, 1), (e, x) => e.Unsqueeze(x[0], -1), Six);
        Gives(Floats([1, 2, 3, 4, 5, 6], 1, 2, 3), (e, x) => e.Unsqueeze(x[0], -3), Six);
        Gives(Floats([1, 2, 3, 4, 5, 6], 2, 1, 3), (e, x) => e.Unsqueeze(x[0], 1), Six);
        Gives(Zeros(0, 1, 3), (e, x) => e.Unsqueeze(x[0], -2), Zeros(0, 3));
        Gives(Six, (e, x) => e.Squeeze(e.Unsqueeze(x[0], 1), -2), Six);
        Gives(Zeros(0, 3), (e, x) => e.Squeeze(x[0], 1), Zeros(0, 1, 3));
        Gives(Whole([5]), (e, x) => e.Squeeze(x[0], 0), Whole([5], 1));
        Refuses((e, x) => e.Squeeze(x[0], 1), Six);
        Refuses((e, x) => e.Squeeze(x[0], 5), Six);
        Refuses((e, x) => e.Unsqueeze(x[0], 5), Six);
        Refuses((e, x) => e.Transpose(x[0], 0, 0), Six);
    }

    [Fact]
    public void Concat_passes_over_empty_parts()
    {
        Gives(Six, (e, x) => e.Concat(1, x[0], x[1]), Six, Zeros(2, 0));
        Gives(Six, (e, x) => e.Concat(0, x[1], x[0]), Six, Zeros(0, 3));
        Gives(Six, (e, x) => e.Concat(-1, x[0]), Six);
        Gives(Zeros(0, 5), (e, x) => e.Concat(1, x[0], x[1]), Zeros(0, 3), Zeros(0, 2));
        Gives(Whole([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6], 4, 3), (e, x) => e.Concat(0, x[0], x[0]), SixWhole);
        Refuses((e, x) => e.Concat(0, x[0], x[1]), Six, Zeros(2, 4));
        Refuses((e, x) => e.Concat(0, x[0], x[1]), Six, SixWhole);
        Refuses((e, x) => e.Concat(0), Six);
    }

    [Fact]
    public void Arithmetic_broadcasts_and_keeps_the_type()
    {
        Gives(Floats([11, 12, 13, 24, 25, 26], 2, 3), (e, x) => e.Add(x[0], x[1]), Six, Floats([10, 20], 2, 1));
        Gives(Floats([-9, -8, -7, -6, -5, -4], 2, 3), (e, x) => e.Subtract(x[0], x[1]), Six, Floats([10]));
        Gives(Floats([10, 20, 20, 40], 2, 2), (e, x) => e.Multiply(x[0], x[1]), Floats([1, 2], 2, 1), Floats([10, 20], 1, 2));
        Gives(
            Floats([0.5f, float.PositiveInfinity, float.NaN], 3),
            (e, x) => e.Divide(x[0], x[1]),
            Floats([1, 1, 0], 3),
            Floats([2, 0, 0], 3));
        Gives(Zeros(0, 3), (e, x) => e.Add(x[0], x[1]), Zeros(0, 3), Floats([1, 2, 3], 1, 3));
        Gives(Zeros(2, 0), (e, x) => e.Multiply(x[0], x[1]), Zeros(2, 0), Floats([1, 2], 2, 1));
        Refuses((e, x) => e.Add(x[0], x[1]), Six, Floats([1, 2], 2));
        Refuses((e, x) => e.Multiply(x[0], x[1]), Six, Zeros(0, 3));
        Refuses((e, x) => e.Add(x[0], x[1]), Six, SixWhole);
        Refuses((e, x) => e.Subtract(x[0], x[1]), Six, SixWhole);
    }

    [Fact]
    public void Whole_numbers_stay_whole()
    {
        Gives(Whole([5, 7, 9, 8, 10, 12], 2, 3), (e, x) => e.Add(x[0], x[1]), SixWhole, Whole([4, 5, 6], 3));
        Gives(Whole([(1L << 40) + 1], 1), (e, x) => e.Add(x[0], x[1]), Whole([1L << 40], 1), Whole([1], 1));
        Gives(Whole([3, -3, 0, 0], 4), (e, x) => e.Divide(x[0], x[1]), Whole([7, -7, 1, -1], 4), Whole([2, 2, 2, 2], 4));
        Gives(Whole([1, 3, 5, 7, 9, 11], 2, 3), (e, x) => e.Affine(x[0], 2, -1), SixWhole);
        Gives(Whole([1, 2, 3, 4, 5, 6], 2, 3), (e, x) => e.ToInt64(e.ToFloat(x[0])), SixWhole);
        Gives(Whole([1, -1, 0, 0], 4), (e, x) => e.ToInt64(x[0]), Floats([1.9f, -1.9f, 0.5f, -0.5f], 4));
        Refuses((e, x) => e.Affine(x[0], 0.5f), SixWhole);
        Refuses((e, x) => e.Affine(x[0], 1, 0.5f), SixWhole);
    }

    [Fact]
    public void Affine_leaves_out_what_does_nothing()
    {
        Gives(Six, (e, x) => e.Affine(x[0], 1), Six);
        Gives(Floats([0, 0], 2), (e, x) => e.Affine(x[0], 0), Floats([3, -4], 2));
        Gives(Floats([7, -7], 2), (e, x) => e.Affine(x[0], 2, 1), Floats([3, -4], 2));
        Gives(Zeros(0, 3), (e, x) => e.Affine(x[0], 2, 1), Zeros(0, 3));
    }

    [Fact]
    public void Matrix_products_broadcast_their_outer_axes()
    {
        Gives(Floats([14, 32], 2, 1), (e, x) => e.MatMul(x[0], x[1]), Six, Floats([1, 2, 3], 3, 1));
        Gives(
            Floats([1, 2, 10, 20], 2, 1, 2),
            (e, x) => e.MatMul(x[0], x[1]),
            Floats([1, 10], 2, 1, 1),
            Floats([1, 2], 1, 1, 2));
        Gives(
            Floats([6, 60, 15, 150], 2, 2, 1, 1),
            (e, x) => e.MatMul(x[0], x[1]),
            Floats([1, 2, 3, 4, 5, 6], 2, 1, 1, 3),
            Floats([1, 1, 1, 10, 10, 10], 2, 3, 1));
        Gives(Zeros(0, 2, 1), (e, x) => e.MatMul(x[0], x[1]), Zeros(0, 2, 3), Floats([1, 2, 3], 3, 1));
        Gives(Zeros(2, 4), (e, x) => e.MatMul(x[0], x[1]), Zeros(2, 0), Zeros(0, 4));
        Gives(Whole([14, 32], 2, 1), (e, x) => e.MatMul(x[0], x[1]), SixWhole, Whole([1, 2, 3], 3, 1));
        Refuses((e, x) => e.MatMul(x[0], x[1]), Six, Six);
        Refuses((e, x) => e.MatMul(x[0], x[1]), Zeros(2, 1, 3), Zeros(3, 3, 1));
        Refuses((e, x) => e.MatMul(x[0], x[1]), Zeros(2, 1, 1, 3), Zeros(3, 1, 3, 1));
        Refuses((e, x) => e.MatMul(x[0], x[1]), Six, Whole([1, 2, 3], 3, 1));
    }

    [Fact]
    public void Softmax_of_rows_that_are_all_masked_is_even()
    {
        Gives(Floats([0.5f, 0.5f, 1, 0], 2, 2), (e, x) => e.Softmax(x[0]), Floats([-10000, -10000, 0, -10000], 2, 2));
        Gives(Floats([0, 1], 2), (e, x) => e.Softmax(x[0]), Floats([float.NegativeInfinity, 3], 2));
        Gives(Floats([float.NaN, float.NaN], 2), (e, x) => e.Softmax(x[0]), Floats([float.NegativeInfinity, float.NegativeInfinity], 2));
        Gives(Floats([1, 1], 2, 1), (e, x) => e.Softmax(x[0]), Floats([5, -5], 2, 1));
        Gives(Zeros(0, 3), (e, x) => e.Softmax(x[0]), Zeros(0, 3));
        Gives(Zeros(2, 0), (e, x) => e.Softmax(x[0]), Zeros(2, 0));
    }

    [Fact]
    public void Sums_of_nothing_are_zero()
    {
        Gives(Floats([6, 15], 2, 1), (e, x) => e.Sum(x[0], 1, true), Six);
        Gives(Floats([5, 7, 9], 3), (e, x) => e.Sum(x[0], 0, false), Six);
        Gives(Floats([6, 15], 2), (e, x) => e.Sum(x[0], -1, false), Six);
        Gives(Zeros(2, 1), (e, x) => e.Sum(x[0], 1, true), Zeros(2, 0));
        Gives(Zeros(0), (e, x) => e.Sum(x[0], 1, false), Zeros(0, 3));
        Gives(Floats([0, 0, 0], 3), (e, x) => e.Sum(x[0], 0, false), Zeros(0, 3));
        Gives(Whole([5, 7, 9], 3), (e, x) => e.Sum(x[0], 0, false), SixWhole);
        Refuses((e, x) => e.Sum(x[0], 2, false), Six);
    }

    [Fact]
    public void The_largest_of_one_is_that_one()
    {
        Gives(Floats([-3]), (e, x) => e.Max(x[0]), Floats([-3], 1));
        Gives(Floats([-3]), (e, x) => e.Max(x[0]), Floats([-3]));
        Gives(Floats([6]), (e, x) => e.Max(x[0]), Six);
        Gives(Whole([6]), (e, x) => e.Max(x[0]), SixWhole);
        Gives(Whole([(1L << 40) + 1]), (e, x) => e.Max(x[0]), Whole([1L << 40, (1L << 40) + 1], 2));
    }

    [Fact]
    public void Running_sums()
    {
        Gives(Floats([1, 3, 6, 4, 9, 15], 2, 3), (e, x) => e.CumulativeSum(x[0], 1), Six);
        Gives(Floats([1, 2, 3, 5, 7, 9], 2, 3), (e, x) => e.CumulativeSum(x[0], -2), Six);
        Gives(Zeros(2, 0), (e, x) => e.CumulativeSum(x[0], 1), Zeros(2, 0));
        Gives(Zeros(0, 3), (e, x) => e.CumulativeSum(x[0], 1), Zeros(0, 3));
        Gives(Whole([1, 3, 6, 4, 9, 15], 2, 3), (e, x) => e.CumulativeSum(x[0], 1), SixWhole);
        Refuses((e, x) => e.CumulativeSum(x[0], 2), Six);
    }

    [Fact]
    public void Comparisons_give_floats()
    {
        Gives(Floats([0, 1, 0, 0, 0, 0], 2, 3), (e, x) => e.Equal(x[0], x[1]), Six, Floats([2]));
        Gives(Floats([1, 0, 0, 0, 1, 0], 2, 3), (e, x) => e.Equal(x[0], x[1]), SixWhole, Whole([1, 5], 2, 1));
        Gives(Floats([1, 1, 0, 0, 0, 0], 2, 3), (e, x) => e.Less(x[0], x[1]), SixWhole, Whole([3]));
        Gives(Floats([0, 0], 2), (e, x) => e.Less(x[0], x[1]), Floats([float.NaN, 1], 2), Floats([1, float.NaN], 2));
        Gives(Floats([0, 0, 1], 3), (e, x) => e.Above(x[0], 0.5f), Floats([0, 0.5f, 1], 3));
        Gives(Zeros(0, 3), (e, x) => e.Less(x[0], x[1]), Zeros(0, 3), Floats([1]));
        Gives(Zeros(0), (e, x) => e.Above(x[0], 0.5f), Zeros(0));
        Refuses((e, x) => e.Equal(x[0], x[1]), Six, SixWhole);
        Refuses((e, x) => e.Less(x[0], x[1]), Six, Floats([1, 2], 2));
    }

    [Fact]
    public void Ranges_lengths_and_constants()
    {
        Gives(Whole([], 0), (e, x) => e.Range(x[0]), Whole([0]));
        Gives(Whole([0], 1), (e, x) => e.Range(x[0]), Whole([1]));
        Gives(Whole([0, 1, 2], 3), (e, x) => e.Range(e.Length(x[0], -1)), Six);
        Gives(Whole([], 0), (e, x) => e.Range(x[0]), Whole([-2]));
        Gives(Whole([0]), (e, x) => e.Length(x[0], 0), Zeros(0, 3));
        Gives(Whole([3]), (e, x) => e.Length(x[0], -1), Zeros(0, 3));
        Gives(Floats([1, 2], 2, 1), (e, x) => e.Constant([1f, 2f], 2, 1));
        Gives(Floats([7]), (e, x) => e.Constant([7f]));
        Gives(Zeros(2, 0), (e, x) => e.Constant(Array.Empty<float>(), 2, 0));
        Gives(Whole([], 0, 3), (e, x) => e.Constant(Array.Empty<long>(), 0, 3));
        Refuses((e, x) => e.Constant([1f, 2f, 3f], 2));
        Refuses((e, x) => e.Constant([1L], 2));
    }

    [Theory]
    [InlineData(Activation.Relu, 0f, 2f)]
    [InlineData(Activation.Gelu, -0.15865526f, 1.9544997f)]
    [InlineData(Activation.Swish, -0.26894143f, 1.7615942f)]
    [InlineData(Activation.Tanh, -0.7615942f, 0.9640276f)]
    [InlineData(Activation.Sigmoid, 0.26894143f, 0.880797f)]
    [InlineData(Activation.HardSigmoid, 1f / 3, 5f / 6)]
    public void Functions_of_one_value(object activation, float ofMinusOne, float ofTwo)
    {
        Gives(Floats([ofMinusOne, ofTwo], 2), (e, x) => e.Activate(x[0], (Activation)activation), Floats([-1, 2], 2));
        Gives(Zeros(0, 3), (e, x) => e.Activate(x[0], (Activation)activation), Zeros(0, 3));
    }

    [Fact]
    public void Sines_roots_and_dropout_of_what_is_not_trained()
    {
        Gives(Floats([0, 0.84147098f], 2), (e, x) => e.Sin(x[0]), Floats([0, 1], 2));
        Gives(Floats([1, 0.54030231f], 2), (e, x) => e.Cos(x[0]), Floats([0, 1], 2));
        Gives(Zeros(0), (e, x) => e.Sin(e.Cos(x[0])), Zeros(0));
        Gives(Floats([0, 1.5f], 2), (e, x) => e.Sqrt(x[0]), Floats([0, 2.25f], 2));
        Gives(Zeros(0), (e, x) => e.Sqrt(x[0]), Zeros(0));
        Gives(Six, (e, x) => e.Dropout(x[0], 0.5), Six);
        Gives(Six, (e, x) => e.DropRows(x[0], 0.5), Six);
    }

    [Fact]
    public void Attention_of_and_to_nothing_is_refused_or_empty()
    {
        Gives(Zeros(0, 2, 4), (e, x) => e.Attention(x[0], x[1], x[1], 2, 2, null), Zeros(0, 2, 4), Zeros(0, 3, 4));
        Gives(Zeros(1, 0, 4), (e, x) => e.Attention(x[0], x[1], x[1], 2, 2, null), Zeros(1, 0, 4), Zeros(1, 3, 4));
        Gives(
            Floats([7, 8], 1, 1, 2),
            (e, x) => e.Attention(x[0], x[1], x[2], 1, 2, null),
            Zeros(1, 1, 2),
            Zeros(1, 1, 2),
            Floats([7, 8], 1, 1, 2));
        Refuses((e, x) => e.Attention(x[0], x[1], x[1], 2, 2, null), Zeros(2, 2, 4), Zeros(3, 3, 4));
        Refuses((e, x) => e.Attention(x[0], x[1], x[2], 2, 2, null), Zeros(2, 2, 4), Zeros(2, 3, 4), Zeros(2, 2, 4));
        Refuses((e, x) => e.Attention(x[0], x[1], x[1], 2, 2, x[2]), Zeros(2, 2, 4), Zeros(2, 3, 4), Zeros(2, 1, 1, 2));
    }
}
