using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using TorchSharp;
using Xunit;
using static MLNet.VisionLanguage.Tests.Engine.EveryEngine;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>What heads of detectors do with maps beside convolutions, held to numbers worked out by hand on every engine.</summary>
public sealed class MapOperationTests
{
    [Fact]
    public void Groups_of_channels_have_mean_0_and_variance_1()
    {
        // (1, 3) and (5, 7) are one group: mean 4, variance 5; with epsilon 4 divided by 3. Then the channels' own factors.
        Gives(
            Floats([-1, -1f / 3, 20 + (1f / 3 * 30), 20 + 30], 1, 2, 1, 2),
            (e, x) => e.GroupNorm(x[0], "n", 1, 4),
            Factors(Floats([1, 30], 2), Floats([0, 20], 2)),
            Floats([1, 3, 5, 7], 1, 2, 1, 2));

        // Each channel its own group, each row for itself: (1, 3) has variance 1, with epsilon 3 divided by 2.
        Gives(
            Floats([-0.5f, 0.5f, 9.5f, 10.5f, 0, 0, 10, 10], 2, 2, 2, 1),
            (e, x) => e.GroupNorm(x[0], "n", 2, 3),
            Factors(Floats([1, 1], 2), Floats([0, 10], 2)),
            Floats([1, 3, 5, 7, 4, 4, -9, -9], 2, 2, 2, 1));
        Gives(Floats([5], 1, 1, 1, 1), (e, x) => e.GroupNorm(x[0], "n", 1, 1), Factors(Floats([3], 1), Floats([5], 1)), Floats([7], 1, 1, 1, 1));
        Gives(Zeros(0, 4, 2, 3), (e, x) => e.GroupNorm(x[0], "n", 2), Factors(Zeros(4), Zeros(4)), Zeros(0, 4, 2, 3));
    }

    [Fact]
    public void Groups_that_the_channels_do_not_divide_into_are_refused()
    {
        Refuses((e, x) => e.GroupNorm(x[0], "n", 2), Factors(Zeros(3), Zeros(3)), Zeros(1, 3, 1, 1));
        Refuses((e, x) => e.GroupNorm(x[0], "n", 0), Factors(Zeros(2), Zeros(2)), Zeros(1, 2, 1, 1));
        Refuses((e, x) => e.GroupNorm(x[0], "n", 2), Factors(Zeros(2), Zeros(4)), Zeros(1, 2, 1, 1));
        Refuses((e, x) => e.GroupNorm(x[0], "n", 2), Factors(Zeros(4), Zeros(4)), Zeros(1, 2, 1, 1));
    }

    [Fact]
    public void Squares_are_left_out_in_training_alone_and_the_rest_is_scaled()
    {
        var image = Floats([.. Enumerable.Range(1, 8).Select(i => (float)i)], 1, 2, 2, 2);
        Gives(image, (e, x) => e.DropBlocks(x[0], 0.5, 3), image);
        Refuses((e, x) => e.DropBlocks(x[0], 0.5, 0), image);
        Refuses((e, x) => e.DropBlocks(x[0], 0.5, 2), image);

        using var scope = torch.NewDisposeScope();
        using var parameters = new ModelParameters([], torch.CPU);
        var engine = new TorchEngine(parameters) { Training = true };
        torch.manual_seed(1);
        const int side = 60;
        var ones = torch.ones(2, 3, side, side);
        var left = engine.DropBlocks(ones, 0.3, 3);
        float[] values = [.. left.data<float>()];

        // A share of the places, the same in all channels, and as much is left as there was.
        Assert.InRange(values.Count(value => value == 0) / (double)values.Length, 0.2, 0.32);
        Assert.Equal(1, values.Average(), 1e-3);
        Assert.Equal(2, values.Distinct().Count());
        Assert.Equal(values[..(side * side)], values[(side * side)..(2 * side * side)]);
        Assert.NotEqual(values[..(side * side)], values[(3 * side * side)..(4 * side * side)]);

        // Away from the border each zero is of a square: a run of zeros in a row is three long at least.
        for (var row = 0; row < side; row++)
        {
            var marks = string.Concat(values[(row * side)..((row + 1) * side)].Select(value => value == 0 ? '0' : '1'));
            var runs = marks.Trim('0').Split('1', StringSplitOptions.RemoveEmptyEntries);
            Assert.All(runs, run => Assert.True(run.Length >= 3, run));
        }

        Assert.Same(ones, engine.DropBlocks(ones, 0, 3));
    }

    [Fact]
    public void The_first_numbers_of_each_row_become_maps_of_the_others_size()
    {
        var twelve = Floats([.. Enumerable.Range(0, 12).Select(i => (float)i)], 2, 2, 1, 3);
        Gives(Floats([0, 1, 2, 3, 6, 7, 8, 9], 2, 1, 2, 2), (e, x) => e.TakeMaps(x[0], 1, x[1]), twelve, Zeros(1, 5, 2, 2));
        Gives(Floats([0, 1, 2, 6, 7, 8], 2, 3, 1, 1), (e, x) => e.TakeMaps(x[0], 3, x[1]), twelve, Zeros(2, 1, 1, 1));
        Gives(twelve, (e, x) => e.TakeMaps(x[0], 2, x[0]), twelve);
        Gives(Zeros(0, 2, 1, 2), (e, x) => e.TakeMaps(x[0], 2, x[1]), Zeros(0, 3, 2, 2), Zeros(1, 1, 1, 2));
        Refuses((e, x) => e.TakeMaps(x[0], 2, x[1]), twelve, Zeros(1, 1, 2, 2));
        Refuses((e, x) => e.TakeMaps(x[0], 0, x[1]), twelve, Zeros(1, 1, 1, 1));
    }

    [Fact]
    public void Numbers_take_the_shape_of_others()
    {
        var six = Floats([1, 2, 3, 4, 5, 6], 2, 3);
        Gives(Floats([1, 2, 3, 4, 5, 6], 3, 1, 2), (e, x) => e.ReshapeLike(x[0], x[1]), six, Zeros(3, 1, 2));
        Gives(Whole([1, 2], 2, 1), (e, x) => e.ReshapeLike(x[0], x[1]), Whole([1, 2], 2), Zeros(2, 1));
        Gives(Zeros(0, 4), (e, x) => e.ReshapeLike(x[0], x[1]), Zeros(2, 0), Zeros(0, 4));
        Gives(Floats([7]), (e, x) => e.ReshapeLike(x[0], x[1]), Floats([7], 1, 1), Floats([0]));
        Refuses((e, x) => e.ReshapeLike(x[0], x[1]), six, Zeros(2, 2));
    }

    [Fact]
    public void Boxes_without_a_score_above_the_least_are_none_of_their_row()
    {
        // The second overlaps with the first by 1/3.
        var boxes = Floats([0, 0, 4, 4, 2, 0, 6, 4, 10, 10, 12, 12], 3, 4);
        var scores = Floats([1, 3, 2, 5, 1, 0], 2, 3);
        Gives(Whole([0, 1, 0, 2, 1, 0], 3, 2), (e, x) => e.Suppress(x[0], x[1], 0.3, 1), boxes, scores);
        Gives(Whole([1, 0], 1, 2), (e, x) => e.Suppress(x[0], x[1], 0.3, 3), boxes, scores);
        Gives(Whole([], 0, 2), (e, x) => e.Suppress(x[0], x[1], 0.3, 5), boxes, scores);
        Gives(Whole([], 0, 2), (e, x) => e.Suppress(x[0], x[1], 0.3, 0), Zeros(0, 4), Zeros(2, 0));

        // A better box that is none suppresses nothing; 0 as the least leaves zeros out.
        Gives(Whole([0, 0], 1, 2), (e, x) => e.Suppress(x[0], x[1], 0.3, 0), boxes, Floats([1, 0, 0], 1, 3));
    }

    private static Dictionary<string, OnnxTensor> Factors(OnnxTensor gain, OnnxTensor bias) => new() { ["n.weight"] = gain, ["n.bias"] = bias };
}
