using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>Several tasks that train one model.</summary>
[Collection(TorchCollection.Name)]
public sealed class MultiTaskTests
{
    private readonly MLContext _ml = new(1);

    public static TheoryData<string> OtherModels => [.. VisionLanguageModel.Kinds.Where(kind => kind != ViLbertConfig.Base.Kind)];

    [Fact]
    public void Every_task_is_learnt_and_its_model_stands_alone() => Learn(ViLbertConfig.Base.Kind);

    /// <summary>The same of the other models: what joins tasks does not know them apart.</summary>
    [Theory]
    [MemberData(nameof(OtherModels))]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "tasks")]
    public void Every_task_is_learnt_by(string kind) => Learn(kind);

    private void Learn(string kind)
    {
        using var folder = new TemporaryFolder();
        var rows = TaskRows.Make(60);
        var view = TaskRows.View(_ml, rows);
        using var models = Trainer(Options(kind, 50)).Fit(Tasks(view));
        Assert.Equal(["answers", "entailment", "statements", "choices"], models.Scores.Select(score => score.Name));
        foreach (var (name, labels) in new (string, uint[])[]
            {
                ("entailment", Places(rows, row => row.Label, "contradiction", "neutral", "entailment")),
                ("statements", Places(rows, row => row.IsTrue, false, true)),
                ("choices", Places(rows, row => row.Chosen, 0, 1, 2)),
            })
        {
            var predicted = models.Transformers[name].Transform(view).GetColumn<uint>("PredictedLabel").ToArray();
            Assert.InRange(labels.Zip(predicted).Count(pair => pair.First == pair.Second), 56, 60);
            Assert.InRange(models.Scores.Single(score => score.Name == name).ValidationScore ?? 0, 0.9, 1);
            _ml.Model.Save(models.Transformers[name], view.Schema, folder.File($"{name}.zip"));
            var loaded = new MLContext(2).Model.Load(folder.File($"{name}.zip"), out _);
            Assert.Equal(predicted, loaded.Transform(view).GetColumn<uint>("PredictedLabel"));
        }
    }

    [Fact]
    public void A_run_that_was_cancelled_goes_on_and_ends_as_an_uninterrupted_one()
    {
        using var folder = new TemporaryFolder();
        var view = TaskRows.View(_ml, TaskRows.Make(40));
        float[][] Scores(MultiTaskModels models) => [.. models.Transformers.Values.SelectMany(
            transformer => transformer.Transform(view).GetColumn<float[]>("Score"))];
        using var whole = Trainer(Options("vilbert", 6)).Fit(Tasks(view));
        Assert.All(whole.Scores, score => Assert.InRange(score.Batches, 1, 60));
        for (var stop = 7; ; stop += 11)
        {
            using var cancellation = new CancellationTokenSource();
            var options = Options("vilbert", 6);
            (options.CheckpointFolder, options.CheckpointEvery, options.ReportEvery) = (folder.File("run"), 2, 1);
            options.Cancellation = cancellation.Token;
            var last = stop;
            options.Progress = new Told(progress =>
            {
                if (progress.Update >= last) cancellation.Cancel();
            });
            try
            {
                using var resumed = Trainer(options).Fit(Tasks(view));
                Assert.InRange(stop, 18, 100);
                Assert.Equal(whole.Scores, resumed.Scores);
                foreach (var (expected, found) in Scores(whole).Zip(Scores(resumed))) GoldenAssert.Close(expected, found, 1e-6, "scores");
                break;
            }
            catch (OperationCanceledException)
            {
                Assert.True(File.Exists(folder.File("run/last.safetensors")));
            }
        }

        var other = Options("vilbert", 6);
        other.CheckpointFolder = folder.File("run");
        MultiTaskData[] scaled = [.. Tasks(view).Select(task => task with { LossScale = 2 })];
        Refused("task 'entailment': LossScale", scaled);
        Refused("tasks", [.. Tasks(view).Reverse()]);
        MultiTaskData[] turned = Tasks(view);
        ((VisualEntailmentOptions)turned[1].Options).Classes = ["entailment", "neutral", "contradiction"];
        Refused("task 'entailment': names", turned);

        void Refused(string difference, MultiTaskData[] tasks)
        {
            var message = Assert.Throws<InvalidOperationException>(() => Trainer(other).Fit(tasks)).Message;
            Assert.Contains("differs in", message, StringComparison.Ordinal);
            Assert.Contains($"{difference} (", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Retrieval_joins_with_its_pairs_of_each_batch()
    {
        var view = TaskRows.View(_ml, TaskRows.Make(16));
        using var models = Trainer(Options("vilbert", 2)).Fit(
            new("pairs", new ImageTextRetrievalOptions { BatchSize = 8 }, view), Tasks(view)[3]);
        Assert.Equal([4, 4], models.Scores.Select(score => score.Batches));
        Assert.Null(models.Scores[0].ValidationScore);
        Assert.Equal(16, models.Transformers["pairs"].Transform(view).GetColumn<float>("Score").Count(float.IsFinite));
    }

    [Fact]
    public void Heads_are_one_where_they_choose_from_the_same_names()
    {
        var view = TaskRows.View(_ml, TaskRows.Make(16));
        var options = Options("vilbert", 1);
        (options.LearningRate, options.WeightDecay) = (0, 0);
        VisualQuestionAnsweringOptions Answers(params string[] answers) =>
            new() { AnswersColumnName = "Label", AnswerScoresColumnName = null, Answers = answers, BatchSize = 8 };
        string[] two = ["entailment", "neutral"], turned = ["neutral", "entailment"], three = ["entailment", "neutral", "contradiction"];
        using var models = Trainer(options).Fit(
            new("one", Answers(two), view), new("same", Answers(two), view), new("turned", Answers(turned), view), new("more", Answers(three), view));
        float[][] Scores(string name) => [.. models.Transformers[name].Transform(view).GetColumn<float[]>("Score")];
        Assert.Equal(Scores("one"), Scores("same"));
        Assert.NotEqual(Scores("one")[0], Scores("turned")[0]);
        Assert.Equal(3, Scores("more")[0].Length);
    }

    [Fact]
    public void A_task_that_no_longer_improves_pauses()
    {
        var view = TaskRows.View(_ml, TaskRows.Make(32));
        var options = Options("vilbert", 5);
        (options.LearningRate, options.WeightDecay) = (0, 0);
        using var models = Trainer(options).Fit(Tasks(view));
        Assert.All(models.Scores, score => Assert.True(score.IsPaused));

        // Validations follow the batches 5, 9 and 13 of four an epoch; the third pauses, and then every fourth iteration has a batch.
        Assert.All(models.Scores, score => Assert.Equal(14, score.Batches));
        options.PausedTaskGap = 1;
        var heard = new List<MultiTaskScore>();
        options.Validated = new Heard(heard);
        using var always = Trainer(options).Fit(Tasks(view));
        Assert.All(always.Scores, score => Assert.Equal(20, score.Batches));
        Assert.Equal([5, 9, 13, 17, 20], heard.Where(score => score.Name == "choices").Select(score => score.Batches));
        Assert.Equal(always.Scores, heard[^4..]);
    }

    [Fact]
    public void The_run_is_as_long_as_the_task_that_needs_most_batches()
    {
        // Four batches an epoch for who has the most rows, which are to be passed twice, and one for the others, to be passed fourteen times.
        var (many, few) = (TaskRows.View(_ml, TaskRows.Make(32)), TaskRows.View(_ml, TaskRows.Make(8)));
        var options = Options("vilbert", 5);
        options.PausedTaskGap = 1;
        using var models = Trainer(options).Fit(Tasks(many)[0] with { Epochs = 2 }, Tasks(few)[1] with { Epochs = 14 });
        Assert.All(models.Scores, score => Assert.Equal(10, score.Batches));
    }

    [Fact]
    public void Mistakes_are_named()
    {
        var view = TaskRows.View(_ml, TaskRows.Make(8));
        var trainer = Trainer(Options("vilbert", 1));
        Assert.Throws<ArgumentException>(() => trainer.Fit());
        var task = Tasks(view)[1];
        Assert.Contains("Two tasks are called 'entailment'", Assert.Throws<ArgumentException>(() => trainer.Fit(task, task)).Message, StringComparison.Ordinal);
        Assert.Contains("LossScale", Assert.Throws<ArgumentException>(() => trainer.Fit(task with { LossScale = 0 })).Message, StringComparison.Ordinal);
        var wrong = new VisualEntailmentOptions { LabelColumnName = "Missing" };
        var message = Assert.Throws<ArgumentException>(() => trainer.Fit(task with { Options = wrong })).Message;
        Assert.Contains("Task 'entailment'", message, StringComparison.Ordinal);
        Assert.Contains("'Missing'", message, StringComparison.Ordinal);

        Assert.Contains("trains alone", Assert.Throws<ArgumentException>(
            () => trainer.Fit(new MultiTaskData("captions", new PretrainingOptions(), view))).Message, StringComparison.Ordinal);
        Assert.Contains("Epochs is 0", Assert.Throws<ArgumentException>(() => trainer.Fit(task with { Epochs = 0 })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().Trainers.MultiTask(new() { PausedTaskGap = 0 }));
        Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().Trainers.MultiTask(new() { EarlyStoppingPatience = 1 }));
    }

    private static uint[] Places<T>(List<TaskRow> rows, Func<TaskRow, T> label, params T[] names) =>
        [.. rows.Select(row => (uint)Array.IndexOf(names, label(row)) + 1)];

    private static MultiTaskData[] Tasks(IDataView view)
    {
        return
        [
            new("answers", Own(new VisualQuestionAnsweringOptions { AnswersColumnName = "Label", AnswerScoresColumnName = null }), view, view),
            new("entailment", Own(new VisualEntailmentOptions()), view, view),
            new("statements", Own(new VisualReasoningOptions { LabelColumnName = nameof(TaskRow.IsTrue) }), view, view),
            new("choices", Own(new MultipleChoiceOptions { Choices = ["0", "1", "2"], LabelColumnName = nameof(TaskRow.Chosen) }), view, view),
        ];

        static TaskTrainerOptions Own(TaskTrainerOptions options)
        {
            (options.BatchSize, options.RowIdColumnName) = (8, nameof(TaskRow.Name));
            return options;
        }
    }

    private static MultiTaskOptions Options(string kind, int epochs) => new()
    {
        Model = Questions.ModelOf(kind),
        Initialization = WeightInitialization.Xavier,
        Epochs = epochs,
        LearningRate = kind == FiberConfig.Base.Kind ? 1e-3 : 2e-3,
        CorrectBias = true,
        HeadLearningRate = null,
        Schedule = LearningRateSchedule.WarmupConstant,
        Device = TrainingDevice.Cpu,
        Threads = 1,
        Seed = 3,
    };

    private MultiTaskTrainer Trainer(MultiTaskOptions options) => _ml.VisionLanguage().Trainers.MultiTask(options);

    private sealed class Heard(List<MultiTaskScore> scores) : IProgress<MultiTaskScore>
    {
        public void Report(MultiTaskScore value) => scores.Add(value);
    }

    private sealed class Told(Action<TrainingProgress> hear) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => hear(value);
    }
}
