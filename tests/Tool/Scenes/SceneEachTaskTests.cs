using System.Diagnostics;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>
/// Each task alone about the scenes: a small model that starts from nothing, measured by the task's metric on scenes it has not seen, closes at
/// least a third of the way from a guess to 1. Statements about two pictures are learnt beside other tasks only, see <see cref="SceneTasksFileTests"/>.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class SceneEachTaskTests : IDisposable
{
    private const int Scenes = 2000;
    private const int UnseenScenes = 200;

    private readonly ITestOutputHelper _output;
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);
    private readonly SceneWorld _world;

    public SceneEachTaskTests(ITestOutputHelper output)
    {
        _output = output;
        _world = SceneWorld.Render(_ml, _folder, Scenes, UnseenScenes);
    }

    private VisionLanguageTrainersCatalog Trainers => _ml.VisionLanguage().Trainers;

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "tasks")]
    public void Visual_entailment() => Learns(
        1.0 / 3, _world.OneImage(nameof(EntailmentExample.Hypothesis)), part => _world.Sentences(part).ToDataView(_ml),
        train => Trainers.VisualEntailment(VisualEntailmentOptions.FromScratch(epochs: 6)).Fit(train),
        scored => _ml.VisionLanguage().EvaluateVisualEntailment(scored).MicroAccuracy);

    [Theory]
    [InlineData(nameof(VcrExample.Question), "Answer", nameof(VcrExample.AnswerLabel), 8)]
    [InlineData(nameof(VcrExample.AnsweredQuestion), "Rationale", nameof(VcrExample.RationaleLabel), 4)]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "tasks")]
    public void Multiple_choice(string first, string second, string label, int epochs)
    {
        var options = MultipleChoiceOptions.FromScratch(epochs: epochs);
        (options.LabelColumnName, options.BatchSize) = (label, 16);
        Learns(
            0.25, _world.FourTexts(first, second), part => _world.Choosing(part).ToDataView(_ml),
            train => Trainers.MultipleChoice(options).Fit(train),
            scored => _ml.VisionLanguage().EvaluateMultipleChoice(scored, label).MicroAccuracy);
    }

    /// <summary>The regions are the nine cells, of which only a large object's overlaps with its box by half.</summary>
    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "tasks")]
    public void Referring_expressions() => Learns(
        1.0 / 9, _world.OneImage(nameof(ReferringExample.Expression)), part => _world.Expressions(part).ToDataView(_ml),
        train => Trainers.ReferringExpressions(ReferringExpressionsOptions.FromScratch(epochs: 6)).Fit(train),
        scored =>
        {
            var metrics = _ml.VisionLanguage().EvaluateGrounding(scored, threshold: 0.5);
            _output.WriteLine($"a box among all nine: {metrics.RecallAt(9):F4}");
            return metrics.Accuracy;
        });

    /// <summary>The first of each picture's captions among those of 100 pictures, both ways.</summary>
    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "tasks")]
    public void Image_text_retrieval()
    {
        var options = ImageTextRetrievalOptions.FromScratch(epochs: 6);
        options.BatchSize = 16;
        Learns(
            1.0 / 100, _world.OneImage(nameof(CaptionExample.Caption)), Captions,
            train => Trainers.ImageTextRetrieval(options).Fit(train),
            scored =>
            {
                var metrics = _ml.VisionLanguage().EvaluateImageTextRetrieval(scored);
                _output.WriteLine($"images {Told(metrics.ImageRetrieval)}; texts {Told(metrics.TextRetrieval)}");
                return Math.Min(metrics.ImageRetrieval.RecallAt1, metrics.TextRetrieval.RecallAt1);
            });

        IDataView Captions(string part)
        {
            var rows = _world.Captions(part);
            if (part == "train") return rows.ToDataView(_ml);
            var first = rows.DistinctBy(row => row.ImageId).Take(100).ToList();
            return _ml.Data.LoadFromEnumerable(
                from text in first
                from image in first
                select new RankedPair
                {
                    CaptionId = text.CaptionId,
                    Caption = text.Caption,
                    ImageId = image.ImageId,
                    ImagePath = image.ImagePath,
                    Label = text.ImageId == image.ImageId,
                });
        }

        static string Told(RetrievalMetrics metrics) =>
            $"R@1 {metrics.RecallAt1:F2}, R@5 {metrics.RecallAt5:F2}, R@10 {metrics.RecallAt10:F2}, median rank {metrics.MedianRank}, mean {metrics.MeanRank:F1}";
    }

    private void Learns(
        double guess, IEstimator<ITransformer> columns, Func<string, IDataView> rows, Func<IDataView, ITransformer> train, Func<IDataView, double> measure)
    {
        var fitted = columns.Fit(rows("train"));
        var clock = Stopwatch.StartNew();
        var model = train(fitted.Transform(rows("train")));
        var seconds = clock.Elapsed.TotalSeconds;
        using var disposable = (IDisposable)model;
        var score = measure(model.Transform(fitted.Transform(rows("val"))));
        _output.WriteLine($"{score:F4}, a guess {guess:F4}; {seconds:F0} s of training on {Scenes} scenes, {UnseenScenes} unseen, seed 1");
        Assert.InRange(score, guess + ((1 - guess) / 3), 1);
    }

    private sealed class RankedPair
    {
        public string CaptionId { get; set; } = "";

        public string Caption { get; set; } = "";

        public string ImageId { get; set; } = "";

        public string ImagePath { get; set; } = "";

        public bool Label { get; set; }
    }
}
