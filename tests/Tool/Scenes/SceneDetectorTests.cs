using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>A detector learns the objects of the scenes from nothing.</summary>
[Collection(TorchCollection.Name)]
public sealed class SceneDetectorTests(ITestOutputHelper output) : IDisposable
{
    private const int Scenes = 4500;
    private const int UnseenScenes = 500;
    private const int Epochs = 3;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "detector")]
    public void Finds_objects_of_unseen_scenes()
    {
        var world = SceneWorld.Render(_ml, _folder, Scenes, UnseenScenes);
        var clock = Stopwatch.StartNew();
        using var detector = Detector(world);
        var learnt = clock.Elapsed.TotalSeconds;
        var figures = Evaluate(detector, world.Objects("val").ToDataView(_ml));
        output.WriteLine($"AP50 {figures.AveragePrecision50:F4}, AP {figures.AveragePrecision:F4}, AR1 {figures.AverageRecall1:F4}, {learnt:F0} s, seed 1");
        Assert.InRange(figures.AveragePrecision50, 0.90, 1);
        Assert.InRange(learnt, 0, 240);
    }

    private TransformerChain<ExtractRegionFeaturesTransformer> Detector(SceneWorld world)
    {
        var options = RegionDetectorOptions.FromScratch(epochs: Epochs);
        options.AttributesColumnName = nameof(DetectionExample.Attributes);
        return _ml.Transforms.LoadImageFiles("Image", "", nameof(ImageExample.ImagePath))
            .Append(_ml.VisionLanguage().Trainers.RegionDetector(options)).Fit(world.Objects("train").ToDataView(_ml));
    }

    private DetectionMetrics Evaluate(ITransformer detector, IDataView rows) => _ml.VisionLanguage().EvaluateDetection(
        detector.Transform(rows), predictedLabelColumnName: "RegionClasses", predictedBoxesColumnName: "RegionBoxes", scoreColumnName: "RegionScores");
}
