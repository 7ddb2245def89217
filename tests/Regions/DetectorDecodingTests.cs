using MLNet.VisionLanguage.Regions;
using Xunit;
using static MLNet.VisionLanguage.Tests.Engine.EveryEngine;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>Every way to tell boxes and scores, worked out by hand, on every engine.</summary>
public sealed class DetectorDecodingTests
{
    private static readonly OnnxLevel Coarse = new() { Stride = 10 };

    /// <summary>Of an image of 20 × 10 pixels: two cells.</summary>
    [Theory]
    [InlineData(OnnxBoxFormat.Corners, OnnxBoxUnits.Pixels, false, new float[] { 1, 2, 3, 4, 8, 6, 5, 2 }, new float[] { 1, 2, 3, 4, 5, 2, 8, 6 })]
    [InlineData(OnnxBoxFormat.Corners, OnnxBoxUnits.Pixels, true, new float[] { 2, 1, 4, 3, 0, 5, 6, 8 }, new float[] { 1, 2, 3, 4, 5, 0, 8, 6 })]
    [InlineData(OnnxBoxFormat.Corners, OnnxBoxUnits.Fractions, false, new[] { 0.5f, 0.5f, 1, 1, 0, 0, 0.1f, 0.2f }, new float[] { 10, 5, 20, 10, 0, 0, 2, 2 })]
    [InlineData(OnnxBoxFormat.CenterSize, OnnxBoxUnits.Pixels, false, new float[] { 4, 5, 2, 6, 0, 0, 2, 2 }, new float[] { 3, 2, 5, 8, -1, -1, 1, 1 })]
    [InlineData(OnnxBoxFormat.CornerSize, OnnxBoxUnits.Pixels, false, new float[] { 4, 5, 2, 6, 0, 0, 2, 3 }, new float[] { 4, 5, 6, 11, 0, 0, 2, 3 })]
    [InlineData(OnnxBoxFormat.Distances, OnnxBoxUnits.Pixels, false, new float[] { 1, 2, 3, 4, 0, 0, 0, 0 }, new float[] { 4, 3, 8, 9, 15, 5, 15, 5 })]
    [InlineData(OnnxBoxFormat.Distances, OnnxBoxUnits.Cells, false, new[] { 0.1f, 0.2f, 0.3f, 0.4f, 1, 0, 0, 0 }, new float[] { 4, 3, 8, 9, 5, 5, 15, 5 })]
    public void Boxes_of_each_form(OnnxBoxFormat format, OnnxBoxUnits units, bool yFirst, float[] told, float[] expected)
    {
        var detector = new OnnxDetector { Boxes = new() { Format = format, Units = units, YFirst = yFirst, Levels = [Coarse] } };
        Gives(Floats(expected, 2, 4), (e, x) => DetectorDecoding.Boxes(e, detector, Grid(detector), Parts(x[0])), Floats(told, 2, 4));
    }

    [Fact]
    public void Distances_in_bins_are_what_their_softmax_expects()
    {
        // Bins of equal scores expect their mean, 1; a bin that is far likelier is the distance.
        var detector = new OnnxDetector { Boxes = new() { Format = OnnxBoxFormat.DistanceBins, Units = OnnxBoxUnits.Cells, Levels = [Coarse] } };
        float[] equal = [0, 0, 0], first = [90, 0, 0], last = [0, 0, 90];
        Gives(
            Floats([-5, 5, 25, 15, 5, -5, 15, 5], 2, 4),
            (e, x) => DetectorDecoding.Boxes(e, detector, Grid(detector, bins: 3), Parts(x[0])),
            Floats([.. equal, .. first, .. last, .. equal, .. equal, .. equal, .. first, .. first], 2, 12));
    }

    [Fact]
    public void Deltas_move_anchors()
    {
        var boxes = new OnnxBoxes
        {
            Format = OnnxBoxFormat.Deltas,
            Variances = [0.1f, 0.1f, 0.2f, 0.2f],
            Levels = [new() { Columns = 1, Rows = 1, Anchors = [[10, 4], [40, 40]] }],
            CutAnchors = true,
        };
        var detector = new OnnxDetector { Boxes = boxes };
        var doubled = MathF.Log(2) / 0.2f;

        // Around (10, 5); the second anchor is cut to 20 × 10.
        Gives(
            Floats([0, 1, 20, 9, 0, 0, 20, 10], 2, 4),
            (e, x) => DetectorDecoding.Boxes(e, detector, Grid(detector), Parts(x[0])),
            Floats([0, 0, doubled, doubled, 0, 0, 0, 0], 2, 4));
        Gives(
            Floats([6, 3.4f, 16, 7.4f, 0, 0, 20, 10], 2, 4),
            (e, x) => DetectorDecoding.Boxes(e, detector, Grid(detector), Parts(x[0])),
            Floats([1, 1, 0, 0, 0, 0, 0, 0], 2, 4));
    }

    [Fact]
    public void Cells_fill_the_image_where_strides_do_not()
    {
        // 30 pixels of stride 16 are two cells of 15.
        var grid = new DetectorGrid(new() { Levels = [new() { Stride = 16 }] }, 30, 16);
        Assert.Equal([7.5f, 8, 22.5f, 8], grid.Middles);
        Assert.Equal([15f, 16, 15, 16, 15, 16, 15, 16], grid.CellSizes);
    }

    [Fact]
    public void Scores_of_each_form()
    {
        var third = MathF.Log(2);
        Check([0.25f, 0.75f], new() { Activation = OnnxActivation.Softmax }, [0, MathF.Log(3)], 2);
        Check([0.5f, 2 / 3f], new() { Activation = OnnxActivation.Sigmoid }, [0, third], 2);
        Check([0.5f], new() { Activation = OnnxActivation.Softmax, Background = OnnxBackground.First }, [0, 0], 2);
        Check([0.25f, 0.5f], new() { Background = OnnxBackground.Last }, [0.25f, 0.5f, 0.25f], 3);
        Check([0.25f, 0], new() { ScorePower = 2 }, [0.5f, 0], 2);

        static void Check(float[] expected, OnnxScores scores, float[] told, int columns) => Gives(
            Floats(expected, 1, expected.Length),
            (e, x) => DetectorDecoding.Scores(e, new() { Scores = scores }, Parts(x[0], x[1])),
            Zeros(1, 4), Floats(told, 1, columns));
    }

    [Fact]
    public void Objectness_and_class_count_by_their_powers()
    {
        var detector = new OnnxDetector { Scores = new() { Objectness = ["things"], ScorePower = 2, ObjectnessPower = 0.5f } };
        Gives(
            Floats([0.125f, 0.03125f], 1, 2),
            (e, x) => DetectorDecoding.Scores(e, detector, new([x[0]], [x[1]], [x[2]], null)),
            Zeros(1, 4), Floats([0.5f, 0.25f], 1, 2), Floats([0.25f], 1, 1));
    }

    [Fact]
    public void The_best_class_of_a_box_or_each_class_of_it()
    {
        // The second overlaps with the first by 3/5 and is of another class.
        float[] boxes = [0, 0, 4, 1, 1, 0, 5, 1, 9, 9, 10, 10], scores = [0.9f, 0.4f, 0.3f, 0.8f, 0.1f, 0.2f];
        Check([0, 1], [0, 1], new() { Overlap = 0.5 });
        Check([0], [0], new() { Overlap = 0.5, OverlapAcrossClasses = true });
        Check([0, 1], [0, 1], new() { Overlap = null });
        Check([0], [0], new() { Candidates = 1 });

        // Of class 1 box 1 suppresses box 0, of class 0 the other way round.
        Check([0, 1], [0, 1], new() { SeveralClasses = true, Overlap = 0.5 });
        Check([0, 1, 0, 1], [0, 1, 1, 0], new() { SeveralClasses = true, Overlap = 0.7 });

        void Check(long[] places, long[] classes, OnnxDetector detector)
        {
            Gives(Whole(places, places.Length), (e, x) => Choose(e, detector, x).Places, Floats(boxes, 3, 4), Floats(scores, 3, 2));
            Gives(Whole(classes, classes.Length), (e, x) => Choose(e, detector, x).Classes, Floats(boxes, 3, 4), Floats(scores, 3, 2));
        }

        static ChosenBoxes<object> Choose(MLNet.VisionLanguage.Engine.IRegionEngine<object> engine, OnnxDetector detector, object[] x) =>
            DetectorDecoding.Choose(engine, detector, new(0.25f, 0, 10), x[0], x[1], null);
    }

    [Fact]
    public void Numbers_tell_the_class()
    {
        var detector = new OnnxDetector { Overlap = null, Scores = new() { Numbers = "numbers", FirstNumber = 1 } };
        Gives(
            Whole([4, 6], 2),
            (e, x) => DetectorDecoding.Choose(e, detector, new(0, 0, 10), x[0], x[1], x[2]).Classes,
            Floats([0, 0, 1, 1, 0, 0, 1, 1], 2, 4), Floats([0.2f, 0.7f], 2, 1), Floats([7, 5], 2, 1));
    }

    [Fact]
    public void No_boxes_at_all_and_boxes_left_of_the_image()
    {
        Gives(Whole([], 0), (e, x) => DetectorDecoding.Choose(e, new(), new(0, 1, 10), x[0], x[1], null).Places, Zeros(0, 4), Zeros(0, 2));

        // Two boxes of two classes that only seem to meet when the second is moved by the largest number there is.
        Gives(
            Whole([0, 1], 2),
            (e, x) => DetectorDecoding.Choose(e, new() { Overlap = 0 }, new(0, 0, 10), x[0], x[1], null).Places,
            Floats([0, 0, 2, 2, -3, -3, -1, -1], 2, 4), Floats([0.9f, 0, 0, 0.8f], 2, 2));
    }

    private static DetectorGrid Grid(OnnxDetector detector, int bins = 0) => new(detector.Boxes, 20, 10, bins);

    private static DetectorParts<object> Parts(object boxes, object? scores = null) => new([boxes], scores is null ? [] : [scores], [], null);
}
