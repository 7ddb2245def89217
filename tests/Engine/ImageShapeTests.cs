using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static MLNet.VisionLanguage.Tests.Engine.EveryEngine;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>Resizing, padding, rolling, looking up and cutting axes, held to numbers worked out by hand on every engine.</summary>
public sealed class ImageShapeTests
{
    private static readonly OnnxTensor Four = Floats([0, 4, 8, 12], 1, 1, 2, 2);
    private static readonly OnnxTensor Six = Floats([1, 2, 3, 4, 5, 6], 2, 3);

    [Fact]
    public void Nearest_takes_the_pixel_to_the_upper_left()
    {
        Gives(
            Floats([0, 0, 4, 4, 0, 0, 4, 4, 8, 8, 12, 12, 8, 8, 12, 12], 1, 1, 4, 4),
            (e, x) => e.Resize(x[0], 4, 4, Interpolation.Nearest),
            Four);
        Gives(Floats([0, 0, 4], 1, 1, 1, 3), (e, x) => e.Resize(x[0], 1, 3, Interpolation.Nearest), Four);
        Gives(Floats([0, 1, 3], 1, 1, 1, 3), (e, x) => e.Resize(x[0], 1, 3, Interpolation.Nearest), Floats([0, 1, 2, 3, 4], 1, 1, 1, 5));
        Gives(Floats([0], 1, 1, 1, 1), (e, x) => e.Resize(x[0], 1, 1, Interpolation.Nearest), Four);
        Gives(Four, (e, x) => e.Resize(x[0], 2, 2, Interpolation.Nearest), Four);
    }

    [Fact]
    public void Bilinear_measures_from_the_middle_of_pixels()
    {
        Gives(
            Floats([0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12], 1, 1, 4, 4),
            (e, x) => e.Resize(x[0], 4, 4, Interpolation.Bilinear),
            Four);
        Gives(Floats([6], 1, 1, 1, 1), (e, x) => e.Resize(x[0], 1, 1, Interpolation.Bilinear), Four);
        Gives(Floats([0, 2, 4], 1, 1, 1, 3), (e, x) => e.Resize(x[0], 1, 3, Interpolation.Bilinear), Floats([0, 4], 1, 1, 1, 2));
        // Without smoothing: the places 1/3, 2, 11/3 of 0 … 4.
        Gives(
            Floats([1f / 3, 2, 11f / 3], 1, 1, 1, 3),
            (e, x) => e.Resize(x[0], 1, 3, Interpolation.Bilinear),
            Floats([0, 1, 2, 3, 4], 1, 1, 1, 5));
        Gives(Floats([7, 7, 7, 7], 1, 1, 2, 2), (e, x) => e.Resize(x[0], 2, 2, Interpolation.Bilinear), Floats([7], 1, 1, 1, 1));
        Gives(Four, (e, x) => e.Resize(x[0], 2, 2, Interpolation.Bilinear), Four);
    }

    [Fact]
    public void Bilinear_by_corners_keeps_the_corners()
    {
        Gives(
            Floats([0, 2, 4, 4, 6, 8, 8, 10, 12], 1, 1, 3, 3),
            (e, x) => e.Resize(x[0], 3, 3, Interpolation.BilinearCorners),
            Four);
        Gives(Floats([0], 1, 1, 1, 1), (e, x) => e.Resize(x[0], 1, 1, Interpolation.BilinearCorners), Four);
        Gives(
            Floats([0, 2, 4], 1, 1, 1, 3),
            (e, x) => e.Resize(x[0], 1, 3, Interpolation.BilinearCorners),
            Floats([0, 1, 2, 3, 4], 1, 1, 1, 5));
    }

    [Theory]
    [InlineData(Interpolation.Nearest)]
    [InlineData(Interpolation.Bilinear)]
    [InlineData(Interpolation.BilinearCorners)]
    public void Both_engines_resize_any_size_to_any_size_alike(object interpolation)
    {
        var mode = (Interpolation)interpolation;
        for (var old = 1; old <= 24; old++)
        {
            var row = Floats([.. Enumerable.Range(0, old).Select(i => (float)(i * i % 17))], 1, 1, 1, old);
            foreach (var size in (int[])[1, 2, 3, 5, 7, 10, 13, 15, 24, 35])
            {
                object Resized(IImageEngine<object> e, object[] x) => e.Resize(x[0], 1, size, mode);
                var found = OnGraph(Resized, [], row);
                Assert.Equal([1, 1, 1, size], found.Dims);
                // Chosen pixels are equal; between two pixels the weights are rounded, and pixels are up to 16.
                var tolerance = mode == Interpolation.Nearest ? 0 : 2e-5;
                GoldenAssert.Close(OnTorch(Resized, [], row).Singles, found.Singles, tolerance, $"{old} to {size}");
            }
        }
    }

    [Fact]
    public void Resizing_knows_channels_rows_and_another_image()
    {
        Gives(
            Floats([1, 1, 2, 2, 3, 3, 4, 4], 2, 2, 1, 2),
            (e, x) => e.Resize(x[0], 1, 2, Interpolation.Nearest),
            Floats([1, 2, 3, 4], 2, 2, 1, 1));
        Gives(
            Floats([0, 0, 4, 0, 0, 4, 8, 8, 12], 1, 1, 3, 3),
            (e, x) => e.ResizeLike(x[0], x[1], Interpolation.Nearest),
            Four,
            Zeros(5, 7, 3, 3));
        Gives(Zeros(0, 2, 4, 6), (e, x) => e.Resize(x[0], 4, 6, Interpolation.Bilinear), Zeros(0, 2, 2, 3));
        Gives(Zeros(0, 2, 4, 6), (e, x) => e.Resize(x[0], 4, 6, Interpolation.Nearest), Zeros(0, 2, 2, 3));
        Refuses((e, x) => e.Resize(x[0], 0, 3, Interpolation.Nearest), Four);
        Refuses((e, x) => e.Resize(x[0], 2, 2, Interpolation.Nearest), Zeros(1, 1, 0, 3));
    }

    [Fact]
    public void Padding_begins_with_the_last_axis()
    {
        Gives(Floats([9, 1, 2, 3, 9, 9, 9, 4, 5, 6, 9, 9], 2, 6), (e, x) => e.Pad(x[0], 9, 1, 2), Six);
        Gives(Floats([0, 0, 0, 1, 2, 3, 4, 5, 6], 3, 3), (e, x) => e.Pad(x[0], 0, 0, 0, 1, 0), Six);
        Gives(Floats([0, 1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0], 3, 4), (e, x) => e.Pad(x[0], 0, 1, 0, 0, 1), Six);
        Gives(Six, (e, x) => e.Pad(x[0], 0), Six);
        Gives(Six, (e, x) => e.Pad(x[0], 0, 0, 0), Six);
        Gives(Whole([1, 2, -1, -1], 4), (e, x) => e.Pad(x[0], -1, 0, 2), Whole([1, 2], 2));
        Gives(Floats([5, 5, 5, 5], 2, 2), (e, x) => e.Pad(x[0], 5, 1, 1), Zeros(2, 0));
        Gives(Zeros(0, 5), (e, x) => e.Pad(x[0], 0, 1, 1), Zeros(0, 3));
        Refuses((e, x) => e.Pad(x[0], 0, 1), Six);
        Refuses((e, x) => e.Pad(x[0], 0, -1, 0), Six);
        Refuses((e, x) => e.Pad(x[0], 0, 1, 1, 1, 1, 1, 1), Six);
    }

    [Fact]
    public void Padding_to_a_multiple_adds_at_the_end_only_what_is_missing()
    {
        Gives(Floats([1, 2, 3, 0, 4, 5, 6, 0], 2, 4), (e, x) => e.PadToMultiple(x[0], 1, 2), Six);
        Gives(Floats([1, 2, 3, 0, 0, 0, 0, 4, 5, 6, 0, 0, 0, 0], 2, 7), (e, x) => e.PadToMultiple(x[0], -1, 7), Six);
        Gives(Six, (e, x) => e.PadToMultiple(x[0], 1, 3), Six);
        Gives(Six, (e, x) => e.PadToMultiple(x[0], 0, 1), Six);
        Gives(Floats([1, 2, 3, 4, 5, 6, 0, 0, 0], 3, 3), (e, x) => e.PadToMultiple(x[0], -2, 3), Six);
        Gives(Zeros(0, 4), (e, x) => e.PadToMultiple(x[0], 1, 4), Zeros(0, 3));
        Gives(Zeros(0, 3), (e, x) => e.PadToMultiple(x[0], 0, 4), Zeros(0, 3));
        Refuses((e, x) => e.PadToMultiple(x[0], 1, 0), Six);
    }

    [Fact]
    public void Rolling_brings_back_at_one_end_what_leaves_at_the_other()
    {
        Gives(Floats([3, 1, 2, 6, 4, 5], 2, 3), (e, x) => e.Roll(x[0], (1, 1)), Six);
        Gives(Floats([2, 3, 1, 5, 6, 4], 2, 3), (e, x) => e.Roll(x[0], (-1, -1)), Six);
        Gives(Floats([3, 1, 2, 6, 4, 5], 2, 3), (e, x) => e.Roll(x[0], (1, 7)), Six);
        Gives(Floats([2, 3, 1, 5, 6, 4], 2, 3), (e, x) => e.Roll(x[0], (1, -7)), Six);
        Gives(Six, (e, x) => e.Roll(x[0], (1, 3)), Six);
        Gives(Six, (e, x) => e.Roll(x[0], (0, 0)), Six);
        Gives(Six, (e, x) => e.Roll(x[0]), Six);
        Gives(Floats([6, 4, 5, 3, 1, 2], 2, 3), (e, x) => e.Roll(x[0], (0, 1), (1, 1)), Six);
        Gives(Floats([5, 6, 4, 2, 3, 1], 2, 3), (e, x) => e.Roll(x[0], (0, -3), (1, 2)), Six);
        Gives(Floats([2, 3, 1, 5, 6, 4], 2, 3), (e, x) => e.Roll(x[0], (1, 1), (1, 1)), Six);
        Gives(Whole([3, 1, 2], 3), (e, x) => e.Roll(x[0], (0, 1)), Whole([1, 2, 3], 3));
        Gives(Zeros(0, 3), (e, x) => e.Roll(x[0], (0, 2), (1, -1)), Zeros(0, 3));
        Refuses((e, x) => e.Roll(x[0], (5, 1)), Six);
    }

    [Fact]
    public void Entries_are_looked_up_from_either_end()
    {
        Gives(Floats([4, 5, 6, 1, 2, 3, 4, 5, 6], 3, 3), (e, x) => e.Gather(x[0], x[1]), Six, Whole([1, 0, -1], 3));
        Gives(
            Floats([1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3], 2, 2, 3),
            (e, x) => e.Gather(x[0], e.Constant([0L, 1, 1, 0], 2, 2)),
            Six);
        Gives(Floats([4, 5, 6], 3), (e, x) => e.Gather(x[0], x[1]), Six, Whole([1]));
        Gives(Whole([7], 1), (e, x) => e.Gather(x[0], x[1]), Whole([5, 6, 7], 3), Whole([2], 1));
        Gives(Zeros(0, 3), (e, x) => e.Gather(x[0], x[1]), Six, Whole([], 0));
        Gives(Zeros(2, 0), (e, x) => e.Gather(x[0], x[1]), Zeros(5, 0), Whole([4, 0], 2));
        foreach (var beyond in new[] { Whole([2], 1), Whole([-3], 1) })
        {
            Assert.ThrowsAny<Exception>(() => OnGraph((e, x) => e.Gather(x[0], x[1]), [], Six, beyond));
            Assert.ThrowsAny<Exception>(() => OnTorch((e, x) => e.Gather(x[0], x[1]), [], Six, beyond));
        }
    }

    [Fact]
    public void Axes_are_cut_and_joined()
    {
        Gives(Floats([1, 2, 3, 4, 5, 6], 2, 1, 3), (e, x) => e.SplitAxis(x[0], 1, 3), Six);
        Gives(Floats([1, 2, 3, 4, 5, 6], 2, 3, 1), (e, x) => e.SplitAxis(x[0], -1, 1), Six);
        Gives(Floats([1, 2, 3, 4, 5, 6], 1, 2, 3), (e, x) => e.SplitAxis(x[0], 0, 2), Six);
        Gives(Floats([1, 2, 3, 4, 5, 6], 1, 2, 3), (e, x) => e.SplitAxis(x[0], -2, 2), Six);
        Gives(Zeros(0, 2, 2, 3), (e, x) => e.SplitAxis(x[0], 1, 2), Zeros(0, 4, 3));
        Gives(Zeros(2, 0, 4), (e, x) => e.SplitAxis(x[0], 1, 4), Zeros(2, 0));
        Gives(Floats([1, 2, 3, 4, 5, 6], 6), (e, x) => e.MergeAxes(x[0], 0), Six);
        Gives(Floats([1, 2, 3, 4, 5, 6], 6), (e, x) => e.MergeAxes(x[0], -2), Six);
        Gives(Zeros(0, 6), (e, x) => e.MergeAxes(x[0], 1), Zeros(0, 2, 3));
        Gives(Zeros(0, 5), (e, x) => e.MergeAxes(x[0], 0), Zeros(0, 3, 5));
        Gives(Whole([1, 2, 3, 4], 2, 2), (e, x) => e.MergeAxes(x[0], -3), Whole([1, 2, 3, 4], 2, 1, 2));
        Refuses((e, x) => e.SplitAxis(x[0], 1, 2), Six);
        Refuses((e, x) => e.MergeAxes(x[0], -1), Six);
        Refuses((e, x) => e.MergeAxes(x[0], 1), Six);
    }

    [Fact]
    public void Windows_are_cut_and_put_back()
    {
        // 4 × 4 pixels in windows of 2 × 2, as Swin's blocks cut them: height and width are known at run time only.
        var image = Floats([.. Enumerable.Range(0, 16).Select(i => (float)i)], 1, 4, 4, 1);
        object Cut(IImageEngine<object> e, object x) =>
            e.Transpose(e.SplitAxis(e.SplitAxis(x, 1, 2), 3, 2), 0, 1, 3, 2, 4, 5);
        Gives(
            Floats([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15], 4, 4, 1),
            (e, x) => e.Reshape(Cut(e, x[0]), -1, 4, 1),
            image);
        Gives(image, (e, x) => e.MergeAxes(e.MergeAxes(e.Transpose(Cut(e, x[0]), 0, 1, 3, 2, 4, 5), 1), 2), image);
    }
}
