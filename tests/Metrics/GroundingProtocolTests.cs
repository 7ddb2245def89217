using Microsoft.ML;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Metrics;

/// <summary>The published ways to count boxes that texts mean, on boxes worked out by hand.</summary>
public sealed class GroundingProtocolTests
{
    private readonly MLContext _ml = new();

    [Fact]
    public void Any_box_or_the_one_around_all()
    {
        // Two boxes of 10 × 10 side by side; the first guess is one of them, the second both.
        var row = new Row { Boxes = [0, 0, 10, 10, 10, 0, 20, 10], RegionBoxes = [0, 0, 10, 10, 0, 0, 20, 10], Score = [0.9f, 0.8f] };
        var any = Evaluate(GroundingProtocol.AnyBox, row);
        Assert.Equal((1.0, 1.0), (any.RecallAt(1), any.Accuracy));
        var merged = Evaluate(GroundingProtocol.MergedBoxes, row);

        // Half of the merged box is just the threshold.
        Assert.Equal((1.0, 0.5), (merged.RecallAt(1), merged.MeanOverlap));
        row.RegionBoxes[2] = 9;
        merged = Evaluate(GroundingProtocol.MergedBoxes, row);
        Assert.Equal((0.0, 1.0), (merged.RecallAt(1), merged.RecallAt(2)));
    }

    [Fact]
    public void A_threshold_is_reached_or_passed()
    {
        // 5 of 10 pixels by edges; 6 of 11 with the last pixels.
        var row = new Row { Boxes = [0, 0, 10, 0.5f], RegionBoxes = [0, 0, 5, 0.5f], Score = [1] };
        Assert.Equal(1, Evaluate(GroundingProtocol.AnyBox, row).Accuracy);
        Assert.Equal(1, Evaluate(GroundingProtocol.Regions, row).Accuracy);
        row.RegionBoxes[2] = 4.9f;
        Assert.Equal(0, Evaluate(GroundingProtocol.AnyBox, row).Accuracy);
        Assert.Equal(1, Evaluate(GroundingProtocol.Regions, row).Accuracy);
    }

    [Fact]
    public void Generalised_overlap_counts_what_lies_between()
    {
        // 50 of 150 pixels shared, within 200: 1/3 - 50/200 for boxes that are shifted both ways by half.
        var row = new Row { Boxes = [0, 0, 10, 10], RegionBoxes = [5, 0, 15, 10], Score = [1] };
        Assert.Equal(1 / 3.0, Evaluate(GroundingProtocol.GeneralizedOverlap, row).MeanOverlap, 1e-6);
        row.RegionBoxes = [5, 5, 15, 15];
        Assert.Equal((25 / 175.0) - (50 / 225.0), Evaluate(GroundingProtocol.GeneralizedOverlap, row).MeanOverlap, 1e-6);
        row.RegionBoxes = [30, 0, 40, 10];
        Assert.Equal(-0.5, Evaluate(GroundingProtocol.GeneralizedOverlap, row).MeanOverlap, 1e-6);
    }

    [Fact]
    public void Nothing_found_is_wrong_and_only_regions_must_be_there()
    {
        var none = new Row { Boxes = [0, 0, 10, 10] };
        var right = new Row { Boxes = [0, 0, 10, 10], RegionBoxes = [0, 0, 10, 10], Score = [1] };
        var metrics = Evaluate(GroundingProtocol.AnyBox, none, right);
        Assert.Equal((0.5, 0.5, 2), (metrics.Accuracy, metrics.RecallAt(10), metrics.Count));
        Assert.ThrowsAny<Exception>(() => Evaluate(GroundingProtocol.Regions, none, right));
        Assert.Throws<ArgumentOutOfRangeException>(() => Evaluate((GroundingProtocol)9, right));
    }

    private GroundingMetrics Evaluate(GroundingProtocol protocol, params Row[] rows) =>
        _ml.VisionLanguage().EvaluateGrounding(_ml.Data.LoadFromEnumerable(rows), protocol: protocol);

    private sealed class Row
    {
        public float[] Boxes { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
