using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Onnx;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>What would make a finished training worthless is found before it begins.</summary>
[Collection(TorchCollection.Name)]
public sealed class RehearsalTests
{
    private static readonly List<Question> Rows = Questions.Make(4);

    [Fact]
    public void Without_a_gpu_fallback_to_cpu_trains_scores_saves_and_loads()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(1) { GpuDeviceId = 0, FallbackToCpu = true };
        var view = Questions.View(ml, Rows);
        using var model = ml.VisionLanguage().Trainers.VisualQuestionAnswering(Questions.Options(o => o.Epochs = 1)).Fit(view);
        var expected = model.Transform(view).GetColumn<float[]>("Score").ToList();
        ml.VisionLanguage().Save(model, view.Schema, folder.File("m.zip"));
        var loaded = ml.VisionLanguage().Load(folder.File("m.zip"));
        Assert.Equal(expected, loaded.Transform(view).GetColumn<float[]>("Score"));
        (loaded as IDisposable)?.Dispose();
        Assert.Equal(0, ml.GpuDeviceId);
    }

    [Fact]
    public void A_gpu_that_is_asked_for_and_not_there_is_found_before_a_row_is_read()
    {
        if (OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider")) return;
        var ml = new MLContext(1) { GpuDeviceId = 0 };
        var error = FailsBeforeReading<InvalidOperationException>(ml, Questions.Options());
        Assert.Contains("GpuDeviceId", error.Message, StringComparison.Ordinal);
        Assert.Contains("FallbackToCpu", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Session_options_that_do_not_work_are_found_before_a_row_is_read()
    {
        var ml = new MLContext(1);
        ml.SetOnnxSessionOption(new OnnxSessionOptions { CreateSessionOptions = () => throw new NotSupportedException("no such provider") });
        Assert.Contains("no such provider", FailsBeforeReading<InvalidOperationException>(ml, Questions.Options()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_folder_that_cannot_be_written_to_is_found_before_a_row_is_read()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "x"u8);
        var options = Questions.Options(o => o.CheckpointFolder = Path.Combine(file, "checkpoints"));
        var error = FailsBeforeReading<IOException>(new MLContext(1), options);
        Assert.Contains("CheckpointFolder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Patience_without_validation_rows_is_refused()
    {
        var options = Questions.Options(o => o.EarlyStoppingPatience = 2);
        var error = FailsBeforeReading<ArgumentException>(new MLContext(1), options);
        Assert.StartsWith("Option EarlyStoppingPatience: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("ValidationFraction", error.Message, StringComparison.Ordinal);

        // A fraction of few images may be none.
        var ml = new MLContext(1);
        options.ValidationFraction = 0.01;
        Assert.Contains("EarlyStoppingPatience", Assert.Throws<InvalidDataException>(() =>
            ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(Questions.View(ml, Rows))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Early_stopping_and_the_best_epoch_are_logged()
    {
        // A rate of 0 never gets better.
        var log = Log(Questions.Options(o => (o.Epochs, o.LearningRate, o.EarlyStoppingPatience, o.ValidationFraction) = (9, 0, 2, 0.5)));
        Assert.Contains(log, line => line.Text.Contains("stopped early, after epoch 3 of 9", StringComparison.Ordinal));
        Assert.Contains(log, line => line.Text.Contains("best epoch, 1", StringComparison.Ordinal));
    }

    [Fact]
    public void Learning_that_stays_at_the_most_frequent_answer_is_warned_of()
    {
        var log = Log(Questions.Options(o => (o.Epochs, o.LearningRate) = (3, 0)));
        var warnings = log.Where(line => line.Kind == ChannelMessageKind.Warning).ToList();
        Assert.InRange(warnings.Count, 1, 2);
        Assert.All(warnings, warning => Assert.Contains("LearningRate", warning.Text, StringComparison.Ordinal));

        var learnt = Log(Questions.Options(o => o.Epochs = 40), Questions.Make(20));
        Assert.DoesNotContain(learnt, line => line.Kind == ChannelMessageKind.Warning && line.Text.Contains("epoch 40", StringComparison.Ordinal));
    }

    [Fact]
    public void A_score_is_compared_with_the_most_frequent_answers()
    {
        var said = new List<string>();
        var watch = new LearningWatch((0.5, "yes"), new VisualQuestionAnsweringOptions(), said.Add);
        foreach (var (epoch, score) in new[] { (1, 0.5), (2, 0.4), (3, 0.45) }) watch.See(Epoch(epoch, score, loss: 1.0 / epoch));
        Assert.Equal(2, said.Count);
        Assert.Contains("After epoch 1 the training score 0.5000 is not above 0.5000", said[0], StringComparison.Ordinal);
        Assert.Contains("most frequent answer 'yes'", said[1], StringComparison.Ordinal);
        Assert.Contains("Initialization Xavier", said[1], StringComparison.Ordinal);
        said.Clear();
        watch = new LearningWatch((0.5, "yes"), VisualQuestionAnsweringOptions.FromScratch(), said.Add);
        watch.See(Epoch(1, 0.5, loss: 1));
        Assert.DoesNotContain("Xavier", Assert.Single(said), StringComparison.Ordinal);
        said.Clear();
        watch = new LearningWatch((0.5, "yes"), new VisualQuestionAnsweringOptions(), said.Add);
        watch.See(Epoch(1, 0.51, loss: 1));
        watch.See(Epoch(2, 0.6, loss: 0.9));
        Assert.Empty(said);
        watch.See(Epoch(3, 0.6, loss: 1.1));
        Assert.Contains("diverges", Assert.Single(said), StringComparison.Ordinal);

        static TrainingProgress Epoch(int epoch, double score, double loss) => new(epoch, 3, epoch, 3, loss, 1, 1, score, null, true);
    }

    [Fact]
    public void Learning_that_diverges_is_warned_of()
    {
        var log = Log(Questions.Options(o => (o.Epochs, o.LearningRate) = (3, 5)), Questions.Make(20));
        Assert.Contains(log, line => line.Kind == ChannelMessageKind.Warning
            && (line.Text.Contains("diverges", StringComparison.Ordinal) || line.Text.Contains("most frequent", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_contexts_seed_is_the_default()
    {
        var rows = Questions.Make(4);
        var ml = new MLContext(5);
        Assert.Equal((5, 1), (Seeds.Of(ml), Seeds.Of(new MLContext())));
        IReadOnlyDictionary<string, float[]> Weights(MLContext context, int? seed) =>
            context.Train(
                Questions.Options(o => (o.Seed, o.Epochs) = (seed, 1)), Questions.View(context, rows), null, (parameters, _) => TrainingRun.WeightsOf(parameters));
        var expected = Weights(ml, 5);
        Assert.Equal(0, TrainingRun.Distance(expected, Weights(new MLContext(5), null)));
        Assert.NotEqual(0, TrainingRun.Distance(expected, Weights(new MLContext(6), null)));
    }

    private static List<(ChannelMessageKind Kind, string Text)> Log(VisualQuestionAnsweringOptions options, List<Question>? rows = null)
    {
        var log = new List<(ChannelMessageKind, string)>();
        var ml = new MLContext(1);
        ml.Log += (_, e) => log.Add((e.Kind, e.RawMessage));
        ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(Questions.View(ml, rows ?? Rows)).Dispose();
        return log;
    }

    private static TError FailsBeforeReading<TError>(MLContext ml, VisualQuestionAnsweringOptions options)
        where TError : Exception
    {
        var trainer = ml.VisionLanguage().Trainers.VisualQuestionAnswering(options);
        var clock = Stopwatch.StartNew();
        var error = Assert.Throws<TError>(() => trainer.Fit(Questions.View(ml, Unread())));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), clock.Elapsed.ToString());
        return error;

        static IEnumerable<Question> Unread()
        {
            Assert.Fail("A row was read.");
            yield break;
        }
    }
}
