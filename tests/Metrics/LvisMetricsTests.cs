using Microsoft.ML;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Metrics;

/// <summary>LVIS's figures on a few boxes worked out by hand.</summary>
public sealed class LvisMetricsTests
{
    private static readonly Dictionary<string, string> Frequencies = new() { ["cat"] = "f", ["dog"] = "c", ["emu"] = "r" };

    private readonly MLContext _ml = new();

    [Fact]
    public void Only_what_an_image_speaks_of_counts()
    {
        // The wrong dog comes first, but nobody said whether there are dogs in the first image; the second says that there are none.
        var first = new Row { Labels = ["cat"], Boxes = Square(0), PredictedLabel = ["dog", "cat"], PredictedBoundingBoxes = Squares(5, 0), Score = [0.9f, 0.8f] };
        var second = new Row { Labels = ["dog"], Boxes = Square(0), PredictedLabel = ["dog"], PredictedBoundingBoxes = Square(0), Score = [0.5f] };
        var metrics = Evaluate(first, second);
        Near([1, 1, 1], metrics.AveragePrecision, metrics.AveragePrecisionFrequent, metrics.AveragePrecisionCommon);
        Near([-1, 2, 1], metrics.AveragePrecisionRare, metrics.Count, metrics.AverageRecall);

        // Now it is the first of two dogs found, and wrong: precision 1/2 at every recall.
        first.NegativeLabels = ["dog"];
        metrics = Evaluate(first, second);
        Assert.Equal(0.5, metrics.AveragePrecisionCommon, 1e-9);
        Assert.Equal(0.75, metrics.AveragePrecision, 1e-9);
        Assert.Equal(0.5, metrics.PerClass["dog"], 1e-9);
    }

    [Fact]
    public void Where_not_all_are_marked_nothing_more_is_wrong()
    {
        var row = new Row
        {
            Labels = ["emu"],
            Boxes = Square(0),
            PredictedLabel = ["emu", "emu"],
            PredictedBoundingBoxes = Squares(5, 0),
            Score = [0.9f, 0.8f],
        };
        Assert.Equal(0.5, Evaluate(row).AveragePrecisionRare, 1e-9);
        row.OpenLabels = ["emu"];
        Assert.Equal(1, Evaluate(row).AveragePrecisionRare, 1e-9);
    }

    [Fact]
    public void An_image_has_three_hundred_boxes_and_sizes_their_own_figures()
    {
        var row = new Row
        {
            Labels = ["cat"],
            Boxes = Square(0),
            NegativeLabels = ["dog"],
            PredictedLabel = [.. Enumerable.Repeat("dog", 300), "cat"],
            PredictedBoundingBoxes = Squares([.. Enumerable.Repeat(5, 300), 0]),
            Score = [.. Enumerable.Repeat(0.9f, 300), 0.8f],
        };
        Assert.Equal(0, Evaluate(row).AveragePrecision);
        row.Score[^1] = 0.95f;
        var metrics = Evaluate(row);
        Near([1, 1, 1], metrics.AveragePrecision, metrics.AveragePrecision50, metrics.AveragePrecision75);
        Near([1, -1, -1], metrics.AveragePrecisionSmall, metrics.AveragePrecisionMedium, metrics.AveragePrecisionLarge);
        Assert.DoesNotContain("dog", metrics.PerClass.Keys);
    }

    private LvisMetrics Evaluate(params Row[] rows) => _ml.VisionLanguage().EvaluateLvis(_ml.Data.LoadFromEnumerable(rows), Frequencies);

    /// <summary>A precision of all right is a few units in the last place below 1, as lvis-api divides by a little more.</summary>
    private static void Near(double[] expected, params double[] found) =>
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-9));

    private static float[] Square(int place) => Squares(place);

    /// <summary>Squares of 10 pixels, 20 pixels apart.</summary>
    private static float[] Squares(params int[] places) => [.. places.SelectMany(place => new float[] { 20 * place, 0, (20 * place) + 10, 10 })];

    private sealed class Row
    {
        public string[] Labels { get; set; } = [];

        public float[] Boxes { get; set; } = [];

        public string[] NegativeLabels { get; set; } = [];

        public string[] OpenLabels { get; set; } = [];

        public string[] PredictedLabel { get; set; } = [];

        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
