using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>Real detectors of an npm package on real photographs.</summary>
public sealed class PackagedDetectorTests
{
    private readonly MLContext _ml = new(1);

    [SkippableTheory]
    [InlineData("nanodet", 384, 0.5f)]
    [InlineData("centernet", 128, 0.3f)]
    public void What_is_in_a_photograph_is_found(string name, int featureSize, float threshold)
    {
        var rows = Photographs(out var truth, take: 6);
        using var model = Detector(name, new() { Threshold = threshold, MinRegions = 0 }, rows);
        var found = _ml.Data.CreateEnumerable<Found>(model.Transform(rows), reuseRowObject: false).ToList();
        var right = 0;
        foreach (var (image, example) in found.Zip(truth))
        {
            Assert.Equal(image.RegionScores.Length * featureSize, image.RegionFeatures.Length);
            Assert.All(image.RegionFeatures, value => Assert.True(float.IsFinite(value)));
            right += image.RegionClasses.Select(key => OnnxDetector.CocoClasses[(int)key - 1]).Zip(image.RegionBoxes.Chunk(4)).Count(
                region => example.Labels.Zip(example.Boxes.Chunk(4)).Any(one => one.First == region.First && Overlap(one.Second, region.Second) > 0.5f));
        }

        Assert.InRange((float)right / found.Sum(image => image.RegionScores.Length), 0.6f, 1);
        Assert.True(right >= found.Count, $"{right} objects of {found.Count} images");
    }

    [SkippableFact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "nanodet")]
    public void NanoDet_on_the_photographs_of_coco_mini()
    {
        var rows = Photographs(out _, take: int.MaxValue);
        using var model = Detector("nanodet", new() { Threshold = 0.05f, Features = DetectedFeatures.Scores }, rows);
        var found = _ml.Transforms.Conversion.MapKeyToValue("FoundLabels", "RegionClasses").Fit(model.Transform(rows)).Transform(model.Transform(rows));
        var metrics = _ml.VisionLanguage().EvaluateDetection(
            found,
            predictedLabelColumnName: "FoundLabels",
            predictedBoxesColumnName: "RegionBoxes",
            scoreColumnName: "RegionScores",
            crowdColumnName: nameof(DetectionExample.Crowd),
            areaColumnName: nameof(DetectionExample.Areas));
        Console.WriteLine(FormattableString.Invariant($"NanoDet on {metrics.Count} photographs: AP {metrics.AveragePrecision:F4}, AP50 {metrics.AveragePrecision50:F4}"));
        Assert.InRange(metrics.AveragePrecision50, 0.40, 0.45);
    }

    private TransformerChain<DetectRegionsTransformer> Detector(string name, OnnxDetectorOptions options, IDataView rows) =>
        _ml.Transforms.LoadImageFiles("Image", "", "ImagePath", new() { ShrinkAbove = null })
            .Append(_ml.Transforms.DetectRegions(
                "Image", TestData.Package($"human-models-3.0.4/models/{name}.json", "detectors"), OnnxDetector.Known[name], options))
            .Fit(rows);

    private IDataView Photographs(out IReadOnlyList<DetectionExample> examples, int take)
    {
        var folder = TestData.SharedData("coco_mini");
        var data = CocoDetectionDataset.Load(Path.Combine(folder, "annotations", "instances_train2017.json"), null, Path.Combine(folder, "train2017"));
        examples = [.. data.Take(take)];
        return _ml.Data.LoadFromEnumerable(examples);
    }

    private static float Overlap(float[] one, float[] other)
    {
        float Side(int from, int to) => MathF.Max(0, MathF.Min(one[to], other[to]) - MathF.Max(one[from], other[from]));
        static float Area(float[] box) => (box[2] - box[0]) * (box[3] - box[1]);
        var both = Side(0, 2) * Side(1, 3);
        return both / (Area(one) + Area(other) - both);
    }

    private sealed class Found
    {
        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        public float[] RegionScores { get; set; } = [];

        public uint[] RegionClasses { get; set; } = [];
    }
}
