using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using TorchSharp;
using Xunit;
using static MLNet.VisionLanguage.Tests.Engine.EveryEngine;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>Convolution with places of its own: by hand at the edges, by the definition written out for whole windows.</summary>
public sealed class DeformedConvolutionTests
{
    // 1 2 3 / 4 5 6 / 7 8 9
    private static readonly OnnxTensor Nine = Floats([1, 2, 3, 4, 5, 6, 7, 8, 9], 1, 1, 3, 3);

    [Fact]
    public void Places_between_pixels_are_weighed_and_beyond_the_image_there_are_zeros()
    {
        var weights = Weights(Floats([2], 1, 1, 1, 1), Floats([100], 1));
        var halves = Floats([.. Enumerable.Repeat(0.5f, 18)], 1, 2, 3, 3);
        var ones = Floats([.. Enumerable.Repeat(1f, 9)], 1, 1, 3, 3);
        Gives(
            Floats([106, 108, 104.5f, 112, 114, 107.5f, 107.5f, 108.5f, 104.5f], 1, 1, 3, 3),
            (e, x) => e.DeformConv2D(x[0], x[1], x[2], "c", 1, 1),
            weights,
            Nine,
            halves,
            ones);

        // A window that moves by a whole pixel down, and is weighed by a half.
        float[] down = [.. Enumerable.Repeat(1f, 9), .. new float[9]];
        Gives(
            Floats([4, 5, 6, 7, 8, 9, 0, 0, 0], 1, 1, 3, 3),
            (e, x) => e.DeformConv2D(x[0], x[1], x[2], "c", 1, 1, bias: false),
            Weights(Floats([2], 1, 1, 1, 1)),
            Nine,
            Floats(down, 1, 2, 3, 3),
            Floats([.. Enumerable.Repeat(0.5f, 9)], 1, 1, 3, 3));
    }

    [Theory]
    [InlineData(-1f, 0f, 0f)]
    [InlineData(-0.75f, 0f, 0.25f)]
    [InlineData(0f, 2f, 3f)]
    [InlineData(2.5f, 2.5f, 2.25f)]
    [InlineData(3f, 0f, 0f)]
    [InlineData(0f, -50f, 0f)]
    [InlineData(50f, 50f, 0f)]
    public void The_last_pixel_fades_out_over_one(float down, float across, float expected) => Gives(
        Floats([expected], 1, 1, 1, 1),
        (e, x) => e.DeformConv2D(x[0], x[1], x[2], "c", 1, 1, stride: 3, bias: false),
        Weights(Floats([1], 1, 1, 1, 1)),
        Nine,
        Floats([down, across], 1, 2, 1, 1),
        Floats([1], 1, 1, 1, 1));

    [Fact]
    public void Without_offsets_it_is_a_convolution_and_an_image_may_be_one_pixel()
    {
        var kernel = Floats([1, 0, 0, 2], 1, 1, 2, 2);
        Gives(
            Floats([11, 14, 20, 23], 1, 1, 2, 2),
            (e, x) => e.DeformConv2D(x[0], x[1], x[2], "c", 1, 2, bias: false),
            Weights(kernel),
            Nine,
            Zeros(1, 8, 2, 2),
            Floats([.. Enumerable.Repeat(1f, 16)], 1, 4, 2, 2));
        Gives(
            Floats([35], 1, 1, 1, 1),
            (e, x) => e.DeformConv2D(x[0], x[1], x[2], "c", 1, 3, stride: 2, padding: 1, bias: false),
            Weights(Floats([0, 0, 0, 0, 5, 0, 0, 0, 0], 1, 1, 3, 3)),
            Floats([7], 1, 1, 1, 1),
            Zeros(1, 18, 1, 1),
            Floats([.. Enumerable.Repeat(1f, 9)], 1, 9, 1, 1));
    }

    [Fact]
    public void No_rows_give_no_rows() => Gives(
        Zeros(0, 4, 3, 2),
        (e, x) => e.DeformConv2D(x[0], x[1], x[2], "c", 4, 3, stride: 2, padding: 1),
        Weights(Zeros(4, 2, 3, 3), Zeros(4)),
        Zeros(0, 2, 5, 3),
        Zeros(0, 18, 3, 2),
        Zeros(0, 9, 3, 2));

    [Fact]
    public void Maps_of_another_size_and_windows_that_do_not_fit_are_refused()
    {
        var weights = Weights(Zeros(1, 1, 2, 2));
        Refuses((e, x) => e.DeformConv2D(x[0], x[1], x[2], "c", 1, 2, bias: false), weights, Nine, Zeros(1, 8, 3, 3), Zeros(1, 4, 2, 2));
        Refuses((e, x) => e.DeformConv2D(x[0], x[1], x[2], "c", 1, 2, bias: false), weights, Nine, Zeros(1, 4, 2, 2), Zeros(1, 4, 2, 2));
        Refuses((e, x) => e.DeformConv2D(x[0], x[1], x[2], "c", 1, 2, bias: false), weights, Nine, Zeros(1, 8, 2, 2), Zeros(1, 4, 3, 3));
        Refuses((e, x) => e.DeformConv2D(x[0], x[1], x[2], "c", 2, 2, bias: false), weights, Nine, Zeros(1, 8, 2, 2), Zeros(1, 4, 2, 2));
        Refuses(
            (e, x) => e.DeformConv2D(x[0], x[1], x[2], "c", 1, 2, stride: 0, bias: false), weights, Nine, Zeros(1, 8, 2, 2), Zeros(1, 4, 2, 2));

        // ONNX Runtime gives nothing for a window that is larger than the image.
        OnnxTensor[] none = [Nine, Zeros(1, 32, 0, 0), Zeros(1, 16, 0, 0)];
        static object Large(IRegionEngine<object> e, object[] x) => e.DeformConv2D(x[0], x[1], x[2], "c", 1, 4, bias: false);
        Assert.Empty(OnGraph(Large, Weights(Zeros(1, 1, 4, 4)), none).Singles);
        Assert.ThrowsAny<ArgumentException>(() => OnTorch(Large, Weights(Zeros(1, 1, 4, 4)), none));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 0)]
    [InlineData(2, 2)]
    public void Whole_windows_are_the_definitions(int stride, int padding)
    {
        var random = new Random(7);
        int Side(int size) => ((size + (2 * padding) - 3) / stride) + 1;
        int height = Side(6), width = Side(5), places = height * width;
        float[] Draw(int count, float scale) => [.. Enumerable.Range(0, count).Select(_ => scale * (random.NextSingle() - 0.5f))];
        float[] image = Draw(2 * 3 * 30, 2), offsets = Draw(2 * 18 * places, 6), masks = Draw(2 * 9 * places, 2), weight = Draw(4 * 27, 1);
        var expected = Defined(image, offsets, masks, weight, height, width, stride, padding);
        OnnxTensor[] inputs =
        [
            Floats(image, 2, 3, 6, 5), Floats(offsets, 2, 18, height, width), Floats(masks, 2, 9, height, width),
        ];
        object Run(IRegionEngine<object> e, object[] x) => e.DeformConv2D(x[0], x[1], x[2], "c", 4, 3, stride, padding, bias: false);
        var weights = Weights(Floats(weight, 4, 3, 3, 3));
        foreach (var found in new[] { OnGraph(Run, weights, inputs), OnTorch(Run, weights, inputs) })
        {
            Assert.Equal([2, 4, height, width], found.Dims);
            Assert.All(expected.Index(), pair => Assert.Equal(pair.Item, found.Singles[pair.Index], 2e-5f));
        }
    }

    [Fact]
    public void Gradients_of_pixels_places_weights_and_what_weighs_them()
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters([new("c.weight", [1, 1, 1, 1], ParameterRole.Weight), new("c.bias", [1], ParameterRole.Bias)], CPU);
        using (no_grad()) parameters["c.weight"].fill_(10);
        var image = tensor([1f, 2, 3, 6], [1, 1, 2, 2]).requires_grad_();
        var offsets = tensor([0.25f, 0.75f], [1, 2, 1, 1]).requires_grad_();
        var masks = tensor([2f], [1, 1, 1, 1]).requires_grad_();
        var result = new TorchEngine(parameters).DeformConv2D(image, offsets, masks, "c", 1, 1, stride: 2, padding: 0, bias: true);

        // ¾ (¼·1 + ¾·2) + ¼ (¼·3 + ¾·6) = 2.625, twice, ten times.
        Assert.Equal(52.5f, result.ToSingle(), 1e-4f);
        result.backward();
        Holds([3.75f, 11.25f, 1.25f, 3.75f], image.grad);
        Holds([20 * 3.5f, 20 * 1.5f], offsets.grad);
        Holds([26.25f], masks.grad);
        Holds([5.25f], parameters["c.weight"].grad);
        Holds([1], parameters["c.bias"].grad);

        static void Holds(float[] expected, Tensor? found) =>
            Assert.All(expected.Zip(found!.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    /// <summary>The sum over the window, a number after the other: images of 3 × 6 × 5, 4 outputs.</summary>
    private static float[] Defined(float[] image, float[] offsets, float[] masks, float[] weight, int height, int width, int stride, int padding)
    {
        var results = new List<float>();
        var places = height * width;
        for (var at = 0; at < 2 * 4 * places; at++)
        {
            var (row, output, place) = (at / (4 * places), at / places % 4, at % places);
            var sum = 0.0;
            for (var entry = 0; entry < 27; entry++)
            {
                var (channel, tap) = (entry / 9, entry % 9);
                var y = (place / width * stride) - padding + (tap / 3) + offsets[((row * 18) + (2 * tap)) * places + place];
                var x = (place % width * stride) - padding + (tap % 3) + offsets[((row * 18) + (2 * tap) + 1) * places + place];
                sum += weight[(output * 27) + entry] * masks[((row * 9) + tap) * places + place] * Pixel(((row * 3) + channel) * 30, y, x);
            }

            results.Add((float)sum);
        }

        return [.. results];

        double Pixel(int start, double y, double x)
        {
            var sum = 0.0;
            for (var corner = 0; corner < 4; corner++)
            {
                int row = (int)Math.Floor(y) + (corner / 2), column = (int)Math.Floor(x) + (corner % 2);
                if (row is < 0 or >= 6 || column is < 0 or >= 5) continue;
                sum += (1 - Math.Abs(y - row)) * (1 - Math.Abs(x - column)) * image[start + (row * 5) + column];
            }

            return sum;
        }
    }

    private static Dictionary<string, OnnxTensor> Weights(OnnxTensor weight, OnnxTensor? bias = null)
    {
        var weights = new Dictionary<string, OnnxTensor> { ["c.weight"] = weight };
        if (bias is not null) weights["c.bias"] = bias;
        return weights;
    }
}
