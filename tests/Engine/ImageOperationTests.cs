using MLNet.VisionLanguage.Onnx;
using Xunit;
using static MLNet.VisionLanguage.Tests.Engine.EveryEngine;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>Convolution, pooling and normalisation, held to numbers worked out by hand on every engine.</summary>
public sealed class ImageOperationTests
{
    // 1 2 3 / 4 5 6 / 7 8 9
    private static readonly OnnxTensor Nine = Floats([1, 2, 3, 4, 5, 6, 7, 8, 9], 1, 1, 3, 3);

    [Fact]
    public void Convolution_is_a_sum_over_each_window()
    {
        // Not turned around: 1·1 + 2·5 (PyTorch's cross-correlation).
        var weights = Weights(Floats([1, 0, 0, 2], 1, 1, 2, 2), Floats([100], 1));
        Gives(Floats([111, 114, 120, 123], 1, 1, 2, 2), (e, x) => e.Conv2D(x[0], "c", 1, 2), weights, Nine);
        Gives(Floats([111], 1, 1, 1, 1), (e, x) => e.Conv2D(x[0], "c", 1, 2, stride: 2), weights, Nine);
        Gives(Floats([111], 1, 1, 1, 1), (e, x) => e.Conv2D(x[0], "c", 1, 2, stride: 9), weights, Nine);
        Gives(Floats([119], 1, 1, 1, 1), (e, x) => e.Conv2D(x[0], "c", 1, 2, dilation: 2), weights, Nine);
        Gives(
            Floats([102, 104, 106, 100, 108, 111, 114, 103, 114, 120, 123, 106, 100, 107, 108, 109], 1, 1, 4, 4),
            (e, x) => e.Conv2D(x[0], "c", 1, 2, padding: 1),
            weights,
            Nine);
        Gives(Floats([102, 106, 114, 123], 1, 1, 2, 2), (e, x) => e.Conv2D(x[0], "c", 1, 2, stride: 2, padding: 1), weights, Nine);
    }

    [Fact]
    public void Convolution_without_bias_and_with_a_kernel_of_one_or_of_the_whole_image()
    {
        Gives(
            Floats([2, 4, 6, 8, 10, 12, 14, 16, 18], 1, 1, 3, 3),
            (e, x) => e.Conv2D(x[0], "c", 1, 1, bias: false),
            Weights(Floats([2], 1, 1, 1, 1)),
            Nine);
        Gives(
            Floats([45, 5], 1, 2, 1, 1),
            (e, x) => e.Conv2D(x[0], "c", 2, 3, bias: false),
            Weights(Floats([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0], 2, 1, 3, 3)),
            Nine);
    }

    [Fact]
    public void Padding_may_be_larger_than_the_image()
    {
        Gives(
            Floats([0, 0, 0, 0, 7, 0, 0, 0, 0], 1, 1, 3, 3),
            (e, x) => e.Conv2D(x[0], "c", 1, 3, stride: 2, padding: 3, bias: false),
            Weights(Floats([0, 0, 0, 0, 1, 0, 0, 0, 0], 1, 1, 3, 3)),
            Floats([7], 1, 1, 1, 1));
        // Windows of 5 with gaps of 2 over an image of 1 in a border of 4.
        Gives(
            Floats([7], 1, 1, 1, 1),
            (e, x) => e.Conv2D(x[0], "c", 1, 5, padding: 4, dilation: 2, bias: false),
            Weights(Floats([.. Enumerable.Range(0, 25).Select(i => i == 12 ? 1f : 0f)], 1, 1, 5, 5)),
            Floats([7], 1, 1, 1, 1));
    }

    [Fact]
    public void Channels_are_summed_in_their_group_only()
    {
        var image = Floats([1, 2, 3, 4], 2, 2, 1, 1);
        Gives(
            Floats([21, 12, 43, 34], 2, 2, 1, 1),
            (e, x) => e.Conv2D(x[0], "c", 2, 1, bias: false),
            Weights(Floats([1, 10, 10, 1], 2, 2, 1, 1)),
            image);
        Gives(
            Floats([5, 15, 3, 7, 25, 35], 1, 6, 1, 1),
            (e, x) => e.Conv2D(x[0], "c", 6, 1, groups: 2),
            Weights(Floats([5, 10, 0, 0, 10, 15], 6, 1, 1, 1), Floats([0, 5, 3, 7, 5, 5], 6)),
            Floats([1, 2], 1, 2, 1, 1));
        Gives(
            Floats([10, 2000], 1, 2, 1, 1),
            (e, x) => e.Conv2D(x[0], "c", 2, 2, groups: 2, bias: false),
            Weights(Floats([1, 1, 1, 1, 100, 100, 100, 100], 2, 1, 2, 2)),
            Floats([1, 2, 3, 4, 5, 5, 5, 5], 1, 2, 2, 2));
    }

    [Fact]
    public void No_rows_give_no_rows()
    {
        var none = Zeros(0, 2, 5, 3);
        Gives(Zeros(0, 4, 3, 2), (e, x) => e.Conv2D(x[0], "c", 4, 3, stride: 2, padding: 1), Weights(Zeros(4, 2, 3, 3), Zeros(4)), none);
        Gives(Zeros(0, 2, 2, 1), (e, x) => e.MaxPool(x[0], 3, 2), none);
        Gives(Zeros(0, 2, 2, 1), (e, x) => e.AveragePool(x[0], 2, 2), none);
        Gives(Zeros(0, 2, 1, 1), (e, x) => e.GlobalAveragePool(x[0]), none);
        Gives(Zeros(0, 2, 5, 3), (e, x) => e.BatchNorm(x[0], "n"), Statistics(2), none);
    }

    [Fact]
    public void Windows_that_do_not_fit_are_refused()
    {
        Refuses((e, x) => e.Conv2D(x[0], "c", 1, 4, bias: false), Weights(Zeros(1, 1, 4, 4)), Nine);
        Refuses((e, x) => e.Conv2D(x[0], "c", 1, 2, dilation: 3, bias: false), Weights(Zeros(1, 1, 2, 2)), Nine);
        Refuses((e, x) => e.Conv2D(x[0], "c", 1, 2, bias: false), Weights(Zeros(1, 2, 2, 2)), Nine);
        Refuses((e, x) => e.Conv2D(x[0], "c", 1, 2), Weights(Zeros(1, 1, 2, 2), Zeros(2)), Nine);
        Refuses((e, x) => e.Conv2D(x[0], "c", 3, 1, groups: 2, bias: false), Weights(Zeros(3, 1, 1, 1)), Zeros(1, 2, 1, 1));
        Refuses((e, x) => e.Conv2D(x[0], "c", 2, 1, groups: 2, bias: false), Weights(Zeros(2, 1, 1, 1)), Zeros(1, 3, 1, 1));
        Refuses((e, x) => e.Conv2D(x[0], "c", 1, 2, stride: 0, bias: false), Weights(Zeros(1, 1, 2, 2)), Nine);
        Refuses((e, x) => e.Conv2D(x[0], "c", 1, 2, padding: -1, bias: false), Weights(Zeros(1, 1, 2, 2)), Nine);
        Refuses((e, x) => e.Conv2D(x[0], "c", 1, 2, bias: false), Weights(Zeros(1, 1, 3, 3)), Nine);
        Refuses((e, x) => e.Conv2D(x[0], "c", 1, 2, bias: false), Weights(Zeros(1, 1, 2, 2)), Zeros(3, 3));
        Refuses((e, x) => e.MaxPool(x[0], 3, 1, padding: 2), Nine);
        Refuses((e, x) => e.AveragePool(x[0], 2, 0), Nine);
        Refuses((e, x) => e.BatchNorm(x[0], "n"), Statistics(2), Nine);
    }

    [Fact]
    public void A_pool_larger_than_the_image_is_refused_or_gives_nothing()
    {
        // ONNX Runtime knows no error here; libtorch does.
        Assert.Empty(OnGraph((e, x) => e.MaxPool(x[0], 4, 1), [], Nine).Singles);
        Assert.Empty(OnGraph((e, x) => e.AveragePool(x[0], 4, 1), [], Nine).Singles);
        Assert.ThrowsAny<Exception>(() => OnTorch((e, x) => e.MaxPool(x[0], 4, 1), [], Nine));
        Assert.ThrowsAny<Exception>(() => OnTorch((e, x) => e.AveragePool(x[0], 4, 1), [], Nine));
    }

    [Fact]
    public void A_maximum_passes_over_padding()
    {
        Gives(Floats([5, 6, 8, 9], 1, 1, 2, 2), (e, x) => e.MaxPool(x[0], 2, 1), Nine);
        Gives(Floats([5], 1, 1, 1, 1), (e, x) => e.MaxPool(x[0], 2, 2), Nine);
        Gives(Floats([9], 1, 1, 1, 1), (e, x) => e.MaxPool(x[0], 3, 1), Nine);
        Gives(Floats([1], 1, 1, 1, 1), (e, x) => e.MaxPool(x[0], 1, 7), Nine);
        Gives(
            Floats([-1, -1, -1, -1], 1, 1, 2, 2),
            (e, x) => e.MaxPool(x[0], 3, 2, padding: 1),
            Floats([-1, -1, -1, -1, -1, -1, -1, -1, -1], 1, 1, 3, 3));
        Gives(Floats([5, 6, 8, 9], 1, 1, 2, 2), (e, x) => e.MaxPool(x[0], 3, 2, padding: 1), Nine);
        Gives(Floats([-4], 1, 1, 1, 1), (e, x) => e.MaxPool(x[0], 3, 2, padding: 1), Floats([-4], 1, 1, 1, 1));
    }

    [Fact]
    public void A_window_that_reaches_beyond_the_image_counts_when_asked_for()
    {
        Gives(Floats([5, 6, 8, 9], 1, 1, 2, 2), (e, x) => e.MaxPool(x[0], 2, 2, ceiling: true), Nine);
        // Two fit into four: no third window.
        Gives(Floats([2, 4], 1, 1, 1, 2), (e, x) => e.MaxPool(x[0], 1, 1, ceiling: true), Floats([2, 4], 1, 1, 1, 2));
        Gives(Floats([9], 1, 1, 1, 1), (e, x) => e.MaxPool(x[0], 3, 3, ceiling: true), Nine);
        // The next window would begin beyond the image: at 4, or at 2 + 2 in padding.
        Gives(Floats([5], 1, 1, 1, 1), (e, x) => e.MaxPool(x[0], 2, 4, ceiling: true), Nine);
        Gives(Floats([1, 3, 7, 9], 1, 1, 2, 2), (e, x) => e.MaxPool(x[0], 2, 3, padding: 1, ceiling: true), Nine);
        Gives(Floats([4], 1, 1, 1, 1), (e, x) => e.MaxPool(x[0], 2, 2, padding: 0, ceiling: true), Floats([1, 2, 3, 4], 1, 1, 2, 2));
        var four = Floats([1, 2, 3, 4], 1, 1, 2, 2);
        Gives(four, (e, x) => e.MaxPool(x[0], 2, 2, padding: 1, ceiling: true), four);
    }

    [Fact]
    public void A_mean_counts_padding_as_zeros()
    {
        Gives(Floats([3, 4, 6, 7], 1, 1, 2, 2), (e, x) => e.AveragePool(x[0], 2, 1), Nine);
        Gives(Floats([3], 1, 1, 1, 1), (e, x) => e.AveragePool(x[0], 2, 2), Nine);
        Gives(Floats([5], 1, 1, 1, 1), (e, x) => e.AveragePool(x[0], 3, 5), Nine);
        Gives(Floats([0.25f, 1.25f, 2.75f, 7], 1, 1, 2, 2), (e, x) => e.AveragePool(x[0], 2, 2, padding: 1), Nine);
        Gives(Floats([1], 1, 1, 1, 1), (e, x) => e.AveragePool(x[0], 3, 2, padding: 1), Floats([9], 1, 1, 1, 1));
        Gives(Floats([5, -1], 1, 2, 1, 1), (e, x) => e.GlobalAveragePool(x[0]), Floats([2, 8, -1, -1], 1, 2, 1, 2));
    }

    [Fact]
    public void Batch_normalisation_is_an_affine_map_of_each_channel()
    {
        // (x - 3) / √(3 + 1) · 2 + 10, and (x + 1) / √(0 + 1) · -1.
        Gives(
            Floats([8, 12, -3, 0], 1, 2, 1, 2),
            (e, x) => e.BatchNorm(x[0], "n", 1),
            Statistics(Floats([2, -1], 2), Floats([10, 0], 2), Floats([3, -1], 2), Floats([3, 0], 2)),
            Floats([1, 5, 2, -1], 1, 2, 1, 2));
    }

    private static Dictionary<string, OnnxTensor> Weights(OnnxTensor weight, OnnxTensor? bias = null)
    {
        var weights = new Dictionary<string, OnnxTensor> { ["c.weight"] = weight };
        if (bias is not null) weights["c.bias"] = bias;
        return weights;
    }

    private static Dictionary<string, OnnxTensor> Statistics(int channels) =>
        Statistics(Zeros(channels), Zeros(channels), Zeros(channels), Zeros(channels));

    private static Dictionary<string, OnnxTensor> Statistics(OnnxTensor gain, OnnxTensor bias, OnnxTensor mean, OnnxTensor variance) => new()
    {
        ["n.weight"] = gain,
        ["n.bias"] = bias,
        ["n.running_mean"] = mean,
        ["n.running_var"] = variance,
    };
}
