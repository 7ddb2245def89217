using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>A detector learns the objects of the scenes from nothing, and questions are answered about what it finds.</summary>
[Collection(TorchCollection.Name)]
public sealed class SceneDetectorTests(ITestOutputHelper output) : IDisposable
{
    private const int Scenes = 4500;
    private const int UnseenScenes = 500;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "detector")]
    public void Finds_objects_and_answers_questions_about_them()
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

    private ITransformerOf Detector(SceneWorld world)
    {
        var options = RegionDetectorOptions.FromScratch(epochs: int.Parse(Environment.GetEnvironmentVariable("EPOCHS") ?? "3"));
        options.AttributesColumnName = nameof(DetectionExample.Attributes);
        options.ReportEvery = 50;
        options.Progress = new Told(output);
        var scenes = int.Parse(Environment.GetEnvironmentVariable("SCENES") ?? "1500");
        var rows = _ml.Data.LoadFromEnumerable(world.Objects("train").Take(scenes).ToList());
        var model = _ml.Transforms.LoadImageFiles("Image", "", nameof(ImageExample.ImagePath))
            .Append(_ml.VisionLanguage().Trainers.RegionDetector(options)).Fit(rows);
        return new(model);
    }

    private DetectionMetrics Evaluate(ITransformerOf detector, IDataView rows) => _ml.VisionLanguage().EvaluateDetection(
        detector.Model.Transform(rows), predictedLabelColumnName: "RegionClasses", predictedBoxesColumnName: "RegionBoxes", scoreColumnName: "RegionScores");

    private sealed record ITransformerOf(TransformerChain<ExtractRegionFeaturesTransformer> Model) : IDisposable
    {
        public void Dispose() => (Model as IDisposable)?.Dispose();
    }

    private sealed class Told(ITestOutputHelper output) : IProgress<TrainingProgress>
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        public void Report(TrainingProgress value) { output.WriteLine($"{_clock.Elapsed.TotalSeconds:F0}s {value}"); Console.Error.WriteLine($"{_clock.Elapsed.TotalSeconds:F0}s {value.Update} {value.Loss:F4} {value.TrainingScore:F4} {value.RowsPerSecond:F1}"); }
    }
}
