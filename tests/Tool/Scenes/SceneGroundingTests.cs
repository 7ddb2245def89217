using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tasks.Detection;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tool.Scenes;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>
/// A small detector learns captions, expressions and prompts of rendered scenes from nothing, by one trainer, and is asked all three of scenes it
/// has not seen, and for a name that no text of training has, of objects that no picture of training has.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class SceneGroundingTests(ITestOutputHelper output)
{
    private const int Seed = 1;
    private const int TrainingScenes = 5000;
    private const int FirstUnseen = 1_000_000;
    private const float Overlap = 0.5f;
    private readonly MLContext _ml = new(seed: Seed);

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "grounding")]
    public void Captions_expressions_and_prompts_of_unseen_scenes_are_found()
    {
        var clock = Stopwatch.StartNew();
        using var model = Train(GroundedScenes.Scenes(Seed, 1, TrainingScenes));
        output.WriteLine($"trained in {clock.Elapsed.TotalSeconds:F0} s, processor {Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds:F0} s");
        var unseen = GroundedScenes.Scenes(Seed, FirstUnseen, 300);
        var expressions = Expressions(model, unseen);
        var phrases = Phrases(model, unseen);
        var objects = Objects(model, unseen);
        var (found, chance) = Unnamed(model);
        output.WriteLine($"expressions precision@1 {expressions:F3}, phrases Recall@1 {phrases:F3}, prompts AP50 {objects:F3}, "
            + $"'{GroundedScenes.Unnamed}' {found:F3} where an object by chance is {chance:F3}");
        Assert.True(expressions >= 0.80, $"precision@1 {expressions}");
        Assert.True(phrases >= 0.75, $"Recall@1 {phrases}");
        Assert.True(objects >= 0.85, $"AP50 {objects}");
        Assert.True(found >= 0.65, $"'{GroundedScenes.Unnamed}' {found}, by chance {chance}");
    }

    private GroundPhrasesTransformer Train(IReadOnlyList<Scene> scenes)
    {
        var random = new Random(Seed);
        List<GroundedScene> rows =
        [
            .. scenes.SelectMany(scene => new[]
            {
                GroundedScenes.Caption(scene, random), GroundedScenes.Expression(scene, random), GroundedScenes.Prompt(scene, random),
            }).OfType<GroundedScene>(),
        ];
        Assert.DoesNotContain(rows, row => row.Text.Contains(GroundedScenes.Unnamed, StringComparison.Ordinal));
        var options = TextDetectorTrainerOptions.FromScratch();
        options.Detector = FiberDetectorConfig.Tiny with { AnchorSizes = [24, 48], HeadBlocks = 1 };
        (options.Epochs, options.BatchSize, options.Threads, options.Device) = (2, 8, 1, TrainingDevice.Cpu);
        (options.LearningRate, options.TextLearningRate) = (2e-3, 2e-3);
        options.Progress = new Teller(output);
        return _ml.VisionLanguage().Trainers.GroundPhrases(BertVocabulary.Build(rows.Select(row => row.Text)), options)
            .Fit(_ml.Data.LoadFromEnumerable(rows));
    }

    /// <summary>How often the box of an expression is right.</summary>
    private double Expressions(GroundPhrasesTransformer model, IReadOnlyList<Scene> scenes)
    {
        var rows = scenes.Select(scene => GroundedScenes.Expression(scene, new(scene.Id))).OfType<GroundedScene>().ToList();
        return _ml.VisionLanguage().EvaluateGrounding(
            Ask(model, TextDetectorUse.Expression, [], rows), predictedBoxColumnName: "PredictedBoundingBoxes", scoreColumnName: null,
            protocol: GroundingProtocol.AnyBox).Accuracy;
    }

    /// <summary>How often the best box of a phrase is right.</summary>
    private double Phrases(GroundPhrasesTransformer model, IReadOnlyList<Scene> scenes)
    {
        var asked = Ask(
            model, TextDetectorUse.Phrases, [], [.. scenes.Select(scene => GroundedScenes.Caption(scene, new(scene.Id)))],
            new() { PhrasesColumnName = nameof(GroundedScene.Labels), LeastScore = 0 });
        return Found(asked).SelectMany(row => row.Labels.Distinct().Select(phrase => row.IsBestRight(phrase) ? 1.0 : 0)).Average();
    }

    /// <summary>The average precision of the names that training has, which are asked for by six.</summary>
    private double Objects(GroundPhrasesTransformer model, IReadOnlyList<Scene> scenes)
    {
        var all = scenes.Select(GroundedScenes.Objects).ToList();
        var found = all.Select(row => new FoundScene { Labels = row.Labels, Boxes = row.Boxes }).ToList();
        foreach (var names in GroundedScenes.Known.Chunk(GroundedScenes.PromptNames))
            foreach (var (number, row) in Found(Ask(model, TextDetectorUse.Objects, names, all)).Index()) found[number].Add(row);
        return _ml.VisionLanguage().EvaluateDetection(_ml.Data.LoadFromEnumerable(found)).AveragePrecision50;
    }

    /// <summary>How often the best box of the name that was never told is right, among two objects and more, and how often any object's is.</summary>
    private (double Right, double Chance) Unnamed(GroundPhrasesTransformer model)
    {
        var scenes = GroundedScenes.ScenesWith(GroundedScenes.Unnamed, Seed, 2 * FirstUnseen, 100);
        var asked = Ask(
            model, TextDetectorUse.Objects, [GroundedScenes.Unnamed], [.. scenes.Select(GroundedScenes.Objects)], new() { LeastScore = 0 });
        return (Found(asked).Average(row => row.IsBestRight(GroundedScenes.Unnamed) ? 1.0 : 0), scenes.Average(scene => 1.0 / scene.Objects.Count));
    }

    private IDataView Ask(
        GroundPhrasesTransformer model, TextDetectorUse use, IReadOnlyList<string> classes, IReadOnlyList<GroundedScene> rows,
        TextDetectorOptions? options = null)
    {
        var view = _ml.Data.LoadFromEnumerable(rows);
        var isOfClasses = use == TextDetectorUse.Objects;
        var asked = model.AskedFor(_ml, use, nameof(GroundedScene.Image), isOfClasses ? null : nameof(GroundedScene.Text), classes, options ?? new(), view)
            .Transform(view);
        return isOfClasses ? _ml.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(asked).Transform(asked) : asked;
    }

    private IEnumerable<FoundScene> Found(IDataView asked) => _ml.Data.CreateEnumerable<FoundScene>(asked, reuseRowObject: false);

    private sealed class FoundScene
    {
        [VectorType]
        public string[] Labels { get; set; } = [];

        [VectorType]
        public float[] Boxes { get; set; } = [];

        [VectorType]
        public string[] PredictedLabel { get; set; } = [];

        [VectorType]
        public float[] PredictedBoundingBoxes { get; set; } = [];

        [VectorType]
        public float[] Score { get; set; } = [];

        public void Add(FoundScene other)
        {
            PredictedLabel = [.. PredictedLabel, .. other.PredictedLabel];
            PredictedBoundingBoxes = [.. PredictedBoundingBoxes, .. other.PredictedBoundingBoxes];
            Score = [.. Score, .. other.Score];
        }

        /// <summary>Whether the first box of a text, the best, is one of those that it means.</summary>
        public bool IsBestRight(string text)
        {
            var best = Array.IndexOf(PredictedLabel, text);
            return best >= 0 && Labels.Index().Any(label => label.Item == text
                && BoxOverlap.OfEdges(Boxes.AsSpan(4 * label.Index, 4), PredictedBoundingBoxes.AsSpan(4 * best, 4)) >= Overlap);
        }
    }

    private sealed class Teller(ITestOutputHelper output) : IProgress<TrainingProgress>
    {
        private const int Every = 200;

        public void Report(TrainingProgress value)
        {
            if (value.Update % Every == 0 || value.EpochEnded) output.WriteLine($"update {value.Update}: loss {value.Loss:F4}, overlap {value.TrainingScore:F3}");
        }
    }
}
