using MLNet.VisionLanguage.Onnx;
using Xunit;
using static MLNet.VisionLanguage.Tests.Engine.EveryEngine;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>Choosing among boxes, held to numbers worked out by hand on every engine, at the edges too.</summary>
public sealed class RegionOperationTests
{
    // The second overlaps with the first by 1/3, the third equals the first, the fourth lies apart.
    private static readonly OnnxTensor Four = Floats([0, 0, 4, 4, 2, 0, 6, 4, 0, 0, 4, 4, 10, 10, 12, 12], 4, 4);

    [Fact]
    public void The_best_boxes_stay()
    {
        var scores = Floats([1, 3, 2, 0], 1, 4);
        Gives(Whole([0, 1, 0, 2, 0, 3], 3, 2), (e, x) => e.Suppress(x[0], x[1], 0.5), Four, scores);
        Gives(Whole([0, 1, 0, 3], 2, 2), (e, x) => e.Suppress(x[0], x[1], 0.3), Four, scores);
        Gives(Whole([0, 1, 0, 2, 0, 0, 0, 3], 4, 2), (e, x) => e.Suppress(x[0], x[1], 1), Four, scores);
    }

    [Fact]
    public void Of_equal_scores_the_first_stays()
    {
        Gives(Whole([0, 0, 0, 1, 0, 3], 3, 2), (e, x) => e.Suppress(x[0], x[1], 0.5), Four, Floats([7, 7, 7, 7], 1, 4));
        Gives(Whole([0, 0], 1, 2), (e, x) => e.Suppress(x[0], x[1], 0), Floats([0, 0, 4, 4, 2, 0, 6, 4], 2, 4), Floats([-1, -1], 1, 2));
    }

    [Fact]
    public void Each_row_of_scores_chooses_for_itself() => Gives(
        Whole([0, 0, 0, 1, 0, 3, 1, 3, 1, 2, 1, 1], 6, 2),
        (e, x) => e.Suppress(x[0], x[1], 0.5),
        Four,
        Floats([4, 3, 2, 1, 1, 2, 3, 4], 2, 4));

    [Fact]
    public void No_box_and_one_box()
    {
        Gives(Whole([], 0, 2), (e, x) => e.Suppress(x[0], x[1], 0.5), Zeros(0, 4), Zeros(1, 0));
        Gives(Whole([0, 0], 1, 2), (e, x) => e.Suppress(x[0], x[1], 0), Floats([5, 5, 5, 5], 1, 4), Floats([0], 1, 1));
    }

    [Fact]
    public void A_box_without_an_area_suppresses_nothing_and_stays() => Gives(
        Whole([0, 0, 0, 1, 0, 2], 3, 2),
        (e, x) => e.Suppress(x[0], x[1], 0),
        Floats([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 4, 4], 3, 4),
        Floats([3, 2, 1], 1, 3));

    [Fact]
    public void An_overlap_of_just_the_threshold_is_allowed()
    {
        // 2 of 4 pixels; and 3 of 10, whose nearest float is above 0.3 and so more than it.
        Gives(Whole([0, 0, 0, 1], 2, 2), (e, x) => e.Suppress(x[0], x[1], 0.5), Floats([0, 0, 4, 1, 0, 0, 2, 1], 2, 4), Floats([2, 1], 1, 2));
        Gives(Whole([0, 0], 1, 2), (e, x) => e.Suppress(x[0], x[1], 0.3), Floats([0, 0, 10, 1, 0, 0, 3, 1], 2, 4), Floats([2, 1], 1, 2));
    }

    [Fact]
    public void A_threshold_that_is_no_overlap_is_refused()
    {
        Refuses((e, x) => e.Suppress(x[0], x[1], 1.5), Four, Zeros(1, 4));
        Refuses((e, x) => e.Suppress(x[0], x[1], double.NaN), Four, Zeros(1, 4));
        Refuses((e, x) => e.Suppress(x[0], x[1], 0.5), Four, Zeros(1, 3));
        Refuses((e, x) => e.Suppress(x[0], x[1], 0.5), Zeros(4, 5), Zeros(1, 4));
    }

    [Fact]
    public void The_largest_come_first_and_of_equals_the_first()
    {
        var list = Floats([2, 5, -1, 5, 2], 5);
        Gives(Whole([1, 3, 0], 3), (e, x) => e.Largest(x[0], x[1]), list, Whole([3]));
        Gives(Whole([1, 3, 0, 4, 2], 5), (e, x) => e.Largest(x[0], x[1]), list, Whole([99]));
        Gives(Whole([], 0), (e, x) => e.Largest(x[0], x[1]), list, Whole([0]));
        Gives(Whole([], 0), (e, x) => e.Largest(x[0], x[1]), Zeros(0), Whole([3]));
    }

    [Fact]
    public void Places_of_what_is_not_zero()
    {
        Gives(Whole([1, 3], 2), (e, x) => e.Where(x[0]), Floats([0, 1, 0, -2], 4));
        Gives(Whole([], 0), (e, x) => e.Where(x[0]), Floats([0, 0], 2));
        Gives(Whole([], 0), (e, x) => e.Where(x[0]), Zeros(0));
    }

    [Fact]
    public void The_largest_of_what_goes_to_a_place()
    {
        Gives(
            Floats([0, 3, 0, 1], 4),
            (e, x) => e.GreatestAt(x[0], x[1], x[2]),
            Floats([2, 3, 1, -5], 4),
            Whole([1, 1, 3, 2], 4),
            Whole([4]));
        Gives(Zeros(3), (e, x) => e.GreatestAt(x[0], x[1], x[2]), Zeros(0), Whole([], 0), Whole([3]));
        Gives(Zeros(0), (e, x) => e.GreatestAt(x[0], x[1], x[2]), Zeros(0), Whole([], 0), Whole([0]));
    }

    [Fact]
    public void Along_an_axis()
    {
        var table = Floats([1, 4, 4, 0, -1, -2], 2, 3);
        Gives(Floats([4, 0], 2), (e, x) => e.MaxAlong(x[0], 1), table);
        Gives(Floats([1, 4, 4], 3), (e, x) => e.MaxAlong(x[0], 0), table);
        Gives(Whole([1, 0], 2), (e, x) => e.ArgMax(x[0], -1), table);
        Gives(Whole([0, 0, 0], 3), (e, x) => e.ArgMax(x[0], 0), Floats([1, 4, 4, 1, 4, -2], 2, 3));
        Gives(Zeros(0), (e, x) => e.MaxAlong(x[0], 1), Zeros(0, 3));
        Gives(Whole([], 0), (e, x) => e.ArgMax(x[0], 1), Zeros(0, 3));
    }

    [Fact]
    public void Entry_by_entry()
    {
        var (a, b) = (Floats([1, 5, -3], 3), Floats([2, 2, -3], 3));
        Gives(Floats([1, 2, -3], 3), (e, x) => e.Minimum(x[0], x[1]), a, b);
        Gives(Floats([2, 5, -3], 3), (e, x) => e.Maximum(x[0], x[1]), a, b);
        Gives(Whole([1], 1), (e, x) => e.Minimum(x[0], x[1]), Whole([1], 1), Whole([3]));

        // ONNX Runtime's own maximum of these is wrong.
        long[] large = [1, -5, 2_952_789_888, 3_000_000_000_000, 7_247_757_312];
        Gives(Whole([1, 0, .. large[2..]], 5), (e, x) => e.Maximum(x[0], x[1]), Whole(large, 5), Whole([0]));
        Gives(Whole([0, -5, 0, 0, 0], 5), (e, x) => e.Minimum(x[0], x[1]), Whole(large, 5), Whole([0]));
        Gives(Floats([1, MathF.E], 2), (e, x) => e.Exp(x[0]), Floats([0, 1], 2));
        Gives(Floats([0, 1], 2), (e, x) => e.Log(x[0]), Floats([1, MathF.E], 2));
    }
}
