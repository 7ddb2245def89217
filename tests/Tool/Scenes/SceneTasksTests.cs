using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>One small model learns several tasks about the scenes at once.</summary>
[Collection(TorchCollection.Name)]
public sealed class SceneTasksTests(ITestOutputHelper output) : IDisposable
{
    private const int Scenes = 2000;
    private const int UnseenScenes = 200;
    private const int Epochs = 4;

    private static readonly string[] Choices = ["0", "1", "2", "3"];

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "tasks")]
    public void Five_tasks_learn_together()
    {
        var rendered = ToolRun.Run(["scenes", "--output", _folder.File("scenes"), "--scenes", $"{Scenes}", "--val-scenes", $"{UnseenScenes}"]);
        Assert.True(rendered.Code == 0, rendered.Error);
        var vocabulary = BertVocabulary.Build(Texts());
        var questions = Image().Append(_ml.Transforms.TokenizeText(vocabulary, "Question"));
        var hypotheses = Image().Append(_ml.Transforms.TokenizeText(vocabulary, "Hypothesis"));
        var captions = Image().Append(_ml.Transforms.TokenizeText(vocabulary, "Caption"));
        var pairs = Image("Left").Append(Image("Right")).Append(_ml.Transforms.TokenizeText(vocabulary, "Sentence"));
        IEstimator<ITransformer> choices = Image();
        foreach (var choice in Choices)
        {
            choices = choices.Append(_ml.Transforms.TokenizeText(
                vocabulary, "Question", $"Answer{choice}", inputIdsColumnName: $"InputIds{choice}", attentionMaskColumnName: $"AttentionMask{choice}",
                tokenTypeIdsColumnName: $"TokenTypeIds{choice}"));
        }

        // Beside each task: what a guess that looks at nothing reaches.
        (MultiTaskData Task, double Baseline)[] tasks =
        [
            (Task("vqa", new VisualQuestionAnsweringOptions { BatchSize = 64 }, questions, part => Questions(part).ToDataView(_ml)), MostFrequentAnswer()),
            (Task("snli-ve", new VisualEntailmentOptions { BatchSize = 64 }, hypotheses,
                part => SnliVeDataset.Load(File(part, "entailment.jsonl"), Images).ToDataView(_ml)), 1.0 / 3),
            (Task("nlvr2", new VisualReasoningOptions { BatchSize = 32 }, pairs,
                part => Nlvr2Dataset.Load(File(part, "pairs.json"), _folder.File("scenes/pairs")).ToDataView(_ml)), 0.5),
            (Task("vcr", new MultipleChoiceOptions { BatchSize = 16, LabelColumnName = nameof(VcrExample.AnswerLabel) }, choices,
                part => VcrDataset.Load(File(part, "choices.jsonl"), Images).ToDataView(_ml)), 0.25),
            (Task("retrieval", new ImageTextRetrievalOptions { BatchSize = 16 }, captions,
                part => CocoCaptionsDataset.Load(File(part, "captions.json"), Images).ToDataView(_ml)), 0.25),
        ];
        var clock = Stopwatch.StartNew();
        var options = MultiTaskOptions.FromScratch(epochs: Epochs);
        options.CheckpointFolder = _folder.File("run");
        using var models = _ml.VisionLanguage().Trainers.MultiTask(options).Fit([.. tasks.Select(pair => pair.Task)]);
        foreach (var (score, baseline) in models.Scores.Zip(tasks.Select(pair => pair.Baseline)))
            output.WriteLine($"{score.Name,-10} {score.ValidationScore:F4}, baseline {baseline:F4}, {score.Batches} batches{(score.IsPaused ? ", paused" : "")}");
        output.WriteLine($"{Scenes} scenes, {UnseenScenes} unseen, {Epochs} epochs, {clock.Elapsed.TotalSeconds:F0} s");
        Assert.All(models.Scores.Zip(tasks), pair =>
            Assert.InRange(pair.First.ValidationScore!.Value, pair.Second.Baseline + ((1 - pair.Second.Baseline) / 3), 1));

        MultiTaskData Task(string name, TaskTrainerOptions own, IEstimator<ITransformer> columns, Func<string, IDataView> rows)
        {
            var fitted = columns.Fit(rows("train"));
            return new(name, own, fitted.Transform(rows("train")), fitted.Transform(rows("val")));
        }
    }

    private string Images => _folder.File("scenes/images");

    private string File(string part, string name) => _folder.File($"scenes/{part}_{name}");

    private VqaDataset Questions(string part) => VqaDataset.Load(File(part, "questions.json"), File(part, "annotations.json"), Images);

    private double MostFrequentAnswer()
    {
        var best = Questions("train").Examples.CountBy(row => row.Answers[0]).MaxBy(pair => pair.Value).Key;
        return Questions("val").Examples.Average(row => row.Answers[0] == best ? 1.0 : 0);
    }

    private IEnumerable<string> Texts() =>
    [
        .. Questions("train").Examples.Select(row => row.Question),
        .. SnliVeDataset.Load(File("train", "entailment.jsonl")).Select(row => row.Hypothesis),
        .. Nlvr2Dataset.Load(File("train", "pairs.json")).Select(row => row.Sentence),
        .. VcrDataset.Load(File("train", "choices.jsonl")).SelectMany(row => new[] { row.Question, row.Answer0, row.Answer1, row.Answer2, row.Answer3 }),
        .. CocoCaptionsDataset.Load(File("train", "captions.json")).Select(row => row.Caption),
    ];

    private EstimatorChain<ExtractGridFeaturesTransformer> Image(string side = "") =>
        _ml.Transforms.LoadImageFiles($"Image{side}", "", $"{side}ImagePath").Append(_ml.Transforms.ExtractGridFeatures($"Image{side}", new GridFeatureOptions
        {
            Grid = 3,
            CellSize = 8,
            Centered = true,
            RegionFeaturesColumnName = $"RegionFeatures{side}",
            RegionBoxesColumnName = $"RegionBoxes{side}",
            ImageSizeColumnName = $"ImageSize{side}",
        }));
}
