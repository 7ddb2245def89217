using System.Diagnostics;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>A model that has read many captions learns more of few questions than one that starts from nothing.</summary>
[Collection(TorchCollection.Name)]
public sealed class ScenePretrainingTests(ITestOutputHelper output) : IDisposable
{
    private const int Scenes = 4000;
    private const int UnseenScenes = 300;
    private const int Questions = 600;
    private const int CaptionEpochs = 20;
    private const int QuestionEpochs = 60;

    private static readonly int[] Seeds = [1, 2, 3];

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public static TheoryData<string> Kinds => [.. DrawnRegions.OtherKinds];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "pretraining")]
    public void Captions_before_few_questions(string kind)
    {
        var world = SceneWorld.Render(_ml, _folder, Scenes, UnseenScenes);
        var tiny = SceneModelTests.Tiny(kind);
        var captions = world.OneImage(nameof(CaptionExample.Caption));
        var captioned = world.Captions("train").ToDataView(_ml);
        var clock = Stopwatch.StartNew();
        var checkpoint = _folder.File("pretrained.safetensors");
        var options = PretrainingOptions.FromScratch(tiny, CaptionEpochs);
        VisionLanguageModel sized;
        using (var pretrained = _ml.VisionLanguage().Trainers.Pretraining(options).Fit(captions.Fit(captioned).Transform(captioned)))
        {
            pretrained.SaveWeights(checkpoint);
            sized = pretrained.Model;
        }

        var seconds = clock.Elapsed.TotalSeconds;
        clock.Restart();
        double[] without = [.. Seeds.Select(seed => Accuracy(null, seed))], with = [.. Seeds.Select(seed => Accuracy(checkpoint, seed))];
        output.WriteLine($"{kind}: {Questions} questions from nothing {Told(without)}, after {Scenes} scenes' captions {Told(with)}; always the "
            + $"same answer {world.MostFrequentAnswer():F4}; captions {seconds:F0} s, six times questions {clock.Elapsed.TotalSeconds:F0} s");
        Assert.InRange(with.Average(), without.Average() + 0.01, 1);

        static string Told(double[] scores) => $"{scores.Average():F4} ({string.Join(", ", scores.Select(score => $"{score:F4}"))})";

        double Accuracy(string? weights, int seed)
        {
            var own = VisualQuestionAnsweringOptions.FromScratch(tiny, QuestionEpochs);
            (own.Model, own.SizesFromData, own.InitialWeights, own.Seed) = (sized, false, weights, seed);
            var columns = world.OneImage(nameof(VqaExample.Question));
            var train = _ml.Data.LoadFromEnumerable(world.Questions("train").Examples.Take(Questions));
            var fitted = columns.Fit(train);
            using var model = _ml.VisionLanguage().Trainers.VisualQuestionAnswering(own).Fit(fitted.Transform(train));
            return _ml.VisionLanguage().EvaluateVisualQuestionAnswering(
                model.Transform(fitted.Transform(world.Questions("val").ToDataView(_ml)))).Accuracy;
        }
    }
}
