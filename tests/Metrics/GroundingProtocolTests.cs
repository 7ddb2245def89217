using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
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

    [SkippableFact]
    public void Phrases_of_real_captions_with_boxes_made_up_are_counted_both_ways()
    {
        var captions = TestData.SharedData("grounding_formats/flickr30k_entities");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("Sentences"));
        Directory.CreateDirectory(folder.File("Annotations"));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(captions, "Sentences"))) File.Copy(file, folder.File(Path.Combine("Sentences", Path.GetFileName(file))));

        // Every second chain has two boxes side by side, 20 × 20 each, the others one; 1 is the files' first pixel.
        foreach (var image in Flickr30kEntitiesDataset.Load(captions, onlyWithBoxes: false).GroupBy(phrase => phrase.ImageId).ToList())
        {
            var objects = image.Select(phrase => phrase.ChainId).Distinct().SelectMany((chain, number) => Enumerable.Range(0, 1 + (number % 2)).Select(i =>
                $"<object><name>{chain}</name><bndbox><xmin>{1 + (20 * i)}</xmin><ymin>1</ymin><xmax>{21 + (20 * i)}</xmax><ymax>21</ymax></bndbox></object>"));
            File.WriteAllText(folder.File(Path.Combine("Annotations", image.Key + ".xml")), $"<annotation>{string.Concat(objects)}</annotation>");
        }

        // Twelve guesses of which one is the first right box, the nth of the nth phrase; the others lie elsewhere.
        var phrases = Flickr30kEntitiesDataset.Load(folder.File("")).ToList();
        var rows = phrases.Select((phrase, number) => new Row
        {
            Boxes = phrase.Boxes,
            RegionBoxes = [.. Enumerable.Range(0, 12).SelectMany(place => place == number % 12 ? phrase.Boxes[..4] : [500f, 500, 510, 510])],
            Score = [.. Enumerable.Range(0, 12).Select(place => 1 - (place / 100f))],
        }).ToArray();
        Assert.True(phrases.Count > 40 && phrases.Select(phrase => phrase.Boxes.Length).Distinct().Count() == 2, $"{phrases.Count} phrases");
        var any = Evaluate(GroundingProtocol.AnyBox, rows);
        foreach (var first in new[] { 1, 5, 10 })
            Assert.Equal(Enumerable.Range(0, rows.Length).Count(number => number % 12 < first) / (double)rows.Length, any.RecallAt(first), 1e-9);

        // One of two boxes is half of the box around both, which is enough; a hair less is not.
        Assert.Equal(any.RecallAt(5), Evaluate(GroundingProtocol.MergedBoxes, rows).RecallAt(5), 1e-9);
        foreach (var row in rows.Where(row => row.Boxes.Length == 8)) row.Boxes[6] += 0.5f;
        Assert.Equal(any.RecallAt(5), Evaluate(GroundingProtocol.AnyBox, rows).RecallAt(5), 1e-9);
        Assert.Equal(
            rows.Index().Count(pair => pair.Index % 12 < 5 && pair.Item.Boxes.Length == 4) / (double)rows.Length,
            Evaluate(GroundingProtocol.MergedBoxes, rows).RecallAt(5), 1e-9);
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
