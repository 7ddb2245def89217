using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tasks.Detection;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tool.Scenes;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>
/// From coarse to fine, from nothing: a small FIBER learns to write captions of scenes, and its towers become those of a small detector, which learns
/// captions, expressions and prompts by one trainer. It is asked all three of scenes that it has not seen, and for a name that no text of training has, of
/// objects that no picture of training has. Settings were chosen on scenes of another seed.
/// </summary>
[Collection(TorchCollection.Name)]
[Trait(LongTier.Tier, LongTier.Long)]
[Trait(LongTier.Part, "grounding")]
public sealed class SceneGroundingTests(ITestOutputHelper output) : IDisposable
{
    private const int ScenesSeed = 2, TrainingScenes = 12_000, UnseenScenes = 300;
    private const int FirstUnseen = 1_000_000;
    private const int Side = 64, Width = 24, TextWidth = 96, Heads = 4;
    private const float Overlap = 0.5f;

    /// <summary>Twenty minutes.</summary>
    private const double MostSeconds = 1200;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Captions_expressions_and_prompts_of_unseen_scenes_are_found()
    {
        var clock = LearningClock.Start();
        using var model = Train(GroundedScenes.Scenes(ScenesSeed, 1, TrainingScenes));
        var seconds = clock.Stop();
        var unseen = GroundedScenes.Scenes(ScenesSeed, FirstUnseen, UnseenScenes);
        var (expressions, phrases, objects) = (Expressions(model, unseen), Phrases(model, unseen), Objects(model, unseen));
        var (found, chance) = Unnamed(model);
        output.WriteLine($"expressions precision@1 {expressions:F4}, phrases Recall@1 {phrases:F4}, prompts AP50 {objects:F4}, "
            + $"'{GroundedScenes.Unnamed}' {found:F4} where an object by chance is {chance:F4}; {clock}, seed 1, scenes of seed {ScenesSeed}");
        Assert.InRange(expressions, 0.80, 1);
        Assert.InRange(phrases, 0.75, 1);

        // By chance it is 0.07; 0.85 is wanted and not reached, see docs/measured.md.
        Assert.InRange(objects, 0.15, 1);
        Assert.InRange(found, chance + 0.2, 1);
        Assert.InRange(seconds, 0, MostSeconds);
    }

    private GroundPhrasesTransformer Train(IReadOnlyList<Scene> scenes)
    {
        var random = new Random(1);
        List<GroundedScene> rows =
        [
            .. scenes.SelectMany(scene => new[]
            {
                GroundedScenes.Caption(scene, random), GroundedScenes.Expression(scene, random), GroundedScenes.Prompt(scene, random),
                GroundedScenes.Prompt(scene, random),
            }).OfType<GroundedScene>(),
        ];
        Assert.DoesNotContain(rows, row => row.Text.Contains(GroundedScenes.Unnamed, StringComparison.Ordinal));
        var words = BytePairVocabulary.Build(rows.Select(row => row.Text).Distinct(), 700);
        var options = TextDetectorTrainerOptions.FromScratch();
        options.Detector = FiberDetectorConfig.Tiny with
        {
            PatchSize = Width,
            Depths = [1, 1, 1, 1],
            TextSize = TextWidth,
            TextLayers = 2,
            TextHeads = Heads,
            TextLayersAlone = 0,
            BlocksAlone = 0,
            VocabularySize = words.Count,
            Channels = 64,
            HeadBlocks = 1,
            AnchorSizes = [Side / 4],
            ShorterSide = Side,
            LongerSide = Side,
        };
        (options.TrainingSides, options.Epochs, options.BatchSize, options.ScheduleSteps) = ([Side], 2, 16, [0.8, 0.95]);
        (options.Threads, options.Device, options.InitialWeights) = (1, TrainingDevice.Cpu, Coarse(scenes, words, random));
        return _ml.VisionLanguage().Trainers.GroundPhrases(words, options).Fit(_ml.Data.LoadFromEnumerable(rows));
    }

    /// <summary>The weights of a FIBER that writes captions, in the detector's sizes.</summary>
    private string Coarse(IReadOnlyList<Scene> scenes, BytePairVocabulary words, Random random)
    {
        var options = ImageCaptioningOptions.FromScratch(
            FiberConfig.Tiny with
            {
                ImageSize = Side,
                PatchSize = Width,
                TextHiddenSize = TextWidth,
                TextIntermediateSize = 4 * TextWidth,
                HiddenSize = TextWidth,
                TextHeads = Heads,
                VocabularySize = words.Count,
                FusionKind = "gated",
            },
            epochs: 1);
        (options.Threads, options.BatchSize, options.Vocabulary, options.Beams, options.SizesFromData) = (1, 32, words, 1, false);
        var view = _ml.Data.LoadFromEnumerable(scenes.SelectMany(scene => SceneTexts.Captions(scene, random).Select(text => new GroundedScene
        {
            Image = SceneRenderer.Draw(scene),
            Text = text,
        })).ToList());
        var columns = _ml.Transforms.PreprocessImage("PixelValues", nameof(GroundedScene.Image), Side)
            .Append(_ml.Transforms.TokenizeText(words, nameof(GroundedScene.Text))).Fit(view);
        using var writer = _ml.VisionLanguage().Trainers.ImageCaptioning(options).Fit(columns.Transform(view));
        writer.SaveWeights(_folder.File("coarse.safetensors"));
        return _folder.File("coarse.safetensors");
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
        var scenes = GroundedScenes.ScenesWith(GroundedScenes.Unnamed, ScenesSeed, 2 * FirstUnseen, 100);
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
}
