using System.Diagnostics;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>What lower precision costs the main job's model: int8 when it scores, bfloat16 when it is trained.</summary>
[Collection(TorchCollection.Name)]
[Trait(LongTier.Tier, LongTier.Long)]
[Trait(LongTier.Part, "precision")]
public sealed class ScenePrecisionTests(ITestOutputHelper output) : IDisposable
{
    private const int Scenes = 4500;
    private const int UnseenScenes = 500;
    private const int Epochs = 4;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Int8_answers_as_float32_and_bfloat16_learns_as_float32()
    {
        var world = SceneWorld.Render(_ml, _folder, Scenes, UnseenScenes);
        var prepared = world.OneImage(nameof(VqaExample.Question)).Fit(world.Questions("train").ToDataView(_ml));
        IDataView train = prepared.Transform(world.Questions("train").ToDataView(_ml)), unseen = prepared.Transform(world.Questions("val").ToDataView(_ml));
        var (full, half) = (new List<double>(), new List<double>());
        for (var seed = 1; seed <= 3; seed++)
        {
            using var single = Train(train, seed, TrainingPrecision.Float32, out var seconds);
            full.Add(Accuracy(single.Transform(unseen)));
            output.WriteLine($"float32, seed {seed}: {full[^1]:F4}, {seconds:F0} s");
            Int8Comparison.Holds(_ml, single, unseen, output);

            using var other = Train(train, seed, TrainingPrecision.BFloat16, out seconds);
            half.Add(Accuracy(other.Transform(unseen)));
            output.WriteLine($"bfloat16, seed {seed}: {half[^1]:F4}, {seconds:F0} s");
        }

        output.WriteLine($"means of three seeds: float32 {full.Average():F4}, bfloat16 {half.Average():F4}");
        Assert.InRange(half.Average(), full.Average() - 0.01, 1);
    }

    private VisualQuestionAnsweringTransformer Train(IDataView train, int seed, TrainingPrecision precision, out double seconds)
    {
        var options = VisualQuestionAnsweringOptions.FromScratch(ViLbertConfig.Tiny, Epochs);
        (options.Seed, options.Precision) = (seed, precision);
        var clock = Stopwatch.StartNew();
        var model = _ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(train);
        seconds = clock.Elapsed.TotalSeconds;
        return model;
    }

    private double Accuracy(IDataView scored) =>
        _ml.VisionLanguage().EvaluateVisualQuestionAnswering(scored).Accuracy;
}
