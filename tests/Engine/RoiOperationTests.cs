using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using Xunit;
using static MLNet.VisionLanguage.Tests.Engine.EveryEngine;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>Cutting boxes out of maps: by hand at the edges, by the definition written out for many boxes.</summary>
public sealed class RoiOperationTests
{
    // 0 1 2 3 / 4 5 6 7 / 8 9 10 11
    private static readonly OnnxTensor Twelve = Floats([.. Enumerable.Range(0, 12).Select(i => (float)i)], 1, 1, 3, 4);

    [Fact]
    public void Cells_of_a_box_have_their_largest_pixel()
    {
        Gives(Floats([5, 7, 9, 11], 1, 1, 2, 2), (e, x) => e.RoiPool(x[0], x[1], 2, 1), Twelve, Floats([0, 0, 0, 3, 2], 1, 5));

        // Rounded half away from zero: 0.5 to 1, 2.5 to 3; both ends belong to it.
        Gives(Floats([11], 1, 1, 1, 1), (e, x) => e.RoiPool(x[0], x[1], 1, 1), Twelve, Floats([0, 0.5f, 0.5f, 2.5f, 1.5f], 1, 5));
        Gives(Floats([5], 1, 1, 1, 1), (e, x) => e.RoiPool(x[0], x[1], 1, 0.5f), Twelve, Floats([0, 2, 2, 2, 2], 1, 5));
    }

    [Fact]
    public void A_box_beyond_the_map_is_zeros_and_a_turned_one_a_pixel()
    {
        Gives(Zeros(1, 1, 2, 2), (e, x) => e.RoiPool(x[0], x[1], 2, 1), Twelve, Floats([0, 50, 50, 60, 60], 1, 5));
        Gives(Zeros(1, 1, 2, 2), (e, x) => e.RoiPool(x[0], x[1], 2, 1), Twelve, Floats([0, -60, -60, -50, -50], 1, 5));
        Gives(Floats([5], 1, 1, 1, 1), (e, x) => e.RoiPool(x[0], x[1], 1, 1), Twelve, Floats([0, 1, 1, 0, 0], 1, 5));

        // Half of it outside; what is not there is no zero among negative numbers.
        Gives(Floats([-4], 1, 1, 1, 1), (e, x) => e.RoiPool(x[0], x[1], 1, 1), Floats([-4], 1, 1, 1, 1), Floats([0, -3, -3, 3, 3], 1, 5));
    }

    [Fact]
    public void No_box_gives_nothing_and_boxes_come_from_their_own_image()
    {
        Gives(Zeros(0, 1, 3, 3), (e, x) => e.RoiPool(x[0], x[1], 3, 1), Twelve, Zeros(0, 5));
        Gives(Zeros(0, 1, 3, 3), (e, x) => e.RoiAlign(x[0], x[1], 3, 1, 2, true), Twelve, Zeros(0, 5));
        var two = Floats([1, 2], 2, 1, 1, 1);
        var boxes = Floats([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], 3, 5);
        Gives(Floats([2, 1, 2], 3, 1, 1, 1), (e, x) => e.RoiPool(x[0], x[1], 1, 1), two, boxes);
        Gives(Floats([2, 1, 2], 3, 1, 1, 1), (e, x) => e.RoiAlign(x[0], x[1], 1, 1, 1, false), two, boxes);
    }

    [Fact]
    public void What_is_no_grid_is_refused()
    {
        var box = Floats([0, 0, 0, 1, 1], 1, 5);
        Refuses((e, x) => e.RoiPool(x[0], x[1], 0, 1), Twelve, box);
        Refuses((e, x) => e.RoiPool(x[0], x[1], 1, 0), Twelve, box);
        Refuses((e, x) => e.RoiPool(x[0], x[1], 1, 1), Twelve, Zeros(1, 4));
        Refuses((e, x) => e.RoiPool(x[0], x[1], 1, 1), Twelve, Floats([1, 0, 0, 1, 1], 1, 5));
        Refuses((e, x) => e.RoiAlign(x[0], x[1], 1, 1, 0, true), Twelve, box);
        Refuses((e, x) => e.RoiAlign(x[0], x[1], 1, float.NaN, 1, true), Twelve, box);
    }

    [Theory]
    [InlineData(14)]
    [InlineData(7)]
    public void Both_engines_cut_boxes_of_all_sizes_into_the_same_cells(int size)
    {
        var random = new Random(3);
        var map = Floats([.. Enumerable.Range(0, 2 * 70 * 66).Select(_ => random.NextSingle() - 0.7f)], 1, 2, 70, 66);
        var boxes = Floats([.. Enumerable.Range(0, 70).SelectMany(i => new[] { 0, i % 9 * 7f, 3, (i % 9 * 7f) + (i * 16f), 3 + (i * 15f) })], 70, 5);
        var graph = OnGraph((e, x) => e.RoiPool(x[0], x[1], size, 1f / 16), [], map, boxes);
        var torch = OnTorch((e, x) => e.RoiPool(x[0], x[1], size, 1f / 16), [], map, boxes);
        Assert.Equal(graph.Singles, torch.Singles);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void Places_between_pixels_are_the_definitions(int samples, bool aligned)
    {
        var random = new Random(5);
        float[] map = [.. Enumerable.Range(0, 2 * 3 * 5 * 7).Select(_ => random.NextSingle() - 0.5f)];
        float[] boxes = [.. Enumerable.Range(0, 40).SelectMany(i =>
        {
            float x = (random.NextSingle() * 80) - 20, y = (random.NextSingle() * 60) - 20;
            return new[] { i % 2, x, y, x + (random.NextSingle() * 70), y + (random.NextSingle() * 50) };
        })];
        var expected = Defined(map, [2, 3, 5, 7], boxes, 4, 0.125f, samples, aligned);
        var graph = OnGraph((e, x) => e.RoiAlign(x[0], x[1], 4, 0.125f, samples, aligned), [], Floats(map, 2, 3, 5, 7), Floats(boxes, 40, 5));
        var torch = OnTorch((e, x) => e.RoiAlign(x[0], x[1], 4, 0.125f, samples, aligned), [], Floats(map, 2, 3, 5, 7), Floats(boxes, 40, 5));
        Assert.All(expected.Index(), pair => Assert.Equal(pair.Item, graph.Singles[pair.Index], 2e-5f));
        Assert.All(expected.Index(), pair => Assert.Equal(pair.Item, torch.Singles[pair.Index], 2e-5f));
    }

    [Fact]
    public void Maps_of_one_pixel_are_that_pixel()
    {
        var pixel = Floats([3], 1, 1, 1, 1);
        Gives(Floats([3, 3, 3, 3], 1, 1, 2, 2), (e, x) => e.RoiPool(x[0], x[1], 2, 1f / 16), pixel, Floats([0, 0, 0, 7, 7], 1, 5));
        Gives(Floats([3, 3, 3, 3], 1, 1, 2, 2), (e, x) => e.RoiAlign(x[0], x[1], 2, 1f / 16, 2, false), pixel, Floats([0, 0, 0, 7, 7], 1, 5));
    }

    [Fact]
    public void Gradients_go_to_the_first_largest_pixel_and_to_the_four_around_a_place()
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters([], CPU);
        var engine = new TorchEngine(parameters);
        var map = tensor([2f, 9, 9, 1], [1, 1, 2, 2]).requires_grad_();
        engine.RoiPool(map, tensor([0f, 0, 0, 1, 1], [1, 5]), 1, 1).sum().backward();
        Assert.Equal([0f, 1, 0, 0], map.grad!.data<float>().ToArray());

        // A cell's place lies at (0.25, 0.75).
        var other = zeros(1, 1, 2, 2).requires_grad_();
        engine.RoiAlign(other, tensor([0f, -0.25f, 0.25f, 0.75f, 1.25f], [1, 5]), 1, 1, 1, false).sum().backward();
        float[] expected = [0.75f * 0.25f, 0.25f * 0.25f, 0.75f * 0.75f, 0.25f * 0.75f];
        Assert.All(expected.Zip(other.grad!.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));

        // A cell that reads nothing, and no cell at all.
        var unread = zeros(1, 1, 2, 2).requires_grad_();
        engine.RoiPool(unread, tensor([0f, 90, 90, 95, 95], [1, 5]), 2, 1).sum().backward();
        Assert.Equal([0f, 0, 0, 0], unread.grad!.data<float>().ToArray());
    }

    /// <summary>RoIAlign as Mask R-CNN defines it, a number after the other.</summary>
    private static float[] Defined(float[] map, int[] shape, float[] boxes, int size, float scale, int samples, bool aligned)
    {
        var (channels, height, width) = (shape[1], shape[2], shape[3]);
        var results = new List<float>();
        foreach (var box in boxes.Chunk(5))
        {
            var shift = aligned ? 0.5 : 0;
            double x1 = (box[1] * scale) - shift, y1 = (box[2] * scale) - shift;
            double w = (box[3] - box[1]) * scale, h = (box[4] - box[2]) * scale;
            if (!aligned) (w, h) = (Math.Max(w, 1), Math.Max(h, 1));
            for (var cell = 0; cell < channels * size * size; cell++)
            {
                var (channel, row, column) = (cell / (size * size), cell / size % size, cell % size);
                var sum = 0.0;
                for (var sample = 0; sample < samples * samples; sample++)
                {
                    var y = y1 + ((row + (((sample / samples) + 0.5) / samples)) * h / size);
                    var x = x1 + ((column + (((sample % samples) + 0.5) / samples)) * w / size);
                    sum += At((((int)box[0] * channels) + channel) * height * width, y, x);
                }

                results.Add((float)(sum / (samples * samples)));
            }
        }

        return [.. results];

        double At(int start, double y, double x)
        {
            if (y < -1 || y > height || x < -1 || x > width) return 0;
            (y, x) = (Math.Clamp(y, 0, height - 1), Math.Clamp(x, 0, width - 1));
            int top = (int)y, left = (int)x, bottom = Math.Min(top + 1, height - 1), right = Math.Min(left + 1, width - 1);
            double down = y - top, across = x - left;
            double Pixel(int row, int column) => map[start + (row * width) + column];
            return ((1 - down) * (((1 - across) * Pixel(top, left)) + (across * Pixel(top, right))))
                + (down * (((1 - across) * Pixel(bottom, left)) + (across * Pixel(bottom, right))));
        }
    }
}
