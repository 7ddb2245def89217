using System.Diagnostics;
using Microsoft.ML;
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

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "tasks")]
    public void Five_tasks_learn_together()
    {
        var world = SceneWorld.Render(_ml, _folder, Scenes, UnseenScenes);

        // Beside each task: what a guess that looks at nothing reaches.
        (MultiTaskData Task, double Baseline)[] tasks =
        [
            (Task("vqa", new VisualQuestionAnsweringOptions { BatchSize = 64 }, world.OneImage(nameof(VqaExample.Question)),
                part => world.Questions(part).ToDataView(_ml)), world.MostFrequentAnswer()),
            (Task("snli-ve", new VisualEntailmentOptions { BatchSize = 64 }, world.OneImage(nameof(EntailmentExample.Hypothesis)),
                part => world.Sentences(part).ToDataView(_ml)), 1.0 / 3),
            (Task("nlvr2", new VisualReasoningOptions { BatchSize = 32 }, world.TwoImages(), part => world.Pairs(part).ToDataView(_ml)), 0.5),
            (Task("vcr", new MultipleChoiceOptions { BatchSize = 16, LabelColumnName = nameof(VcrExample.AnswerLabel) },
                world.FourTexts(nameof(VcrExample.Question), "Answer"), part => world.Choosing(part).ToDataView(_ml)), 0.25),
            (Task("retrieval", new ImageTextRetrievalOptions { BatchSize = 16 }, world.OneImage(nameof(CaptionExample.Caption)),
                part => world.Captions(part).ToDataView(_ml)), 0.25),
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
}
