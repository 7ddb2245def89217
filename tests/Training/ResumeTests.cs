using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class ResumeTests
{
    private static readonly List<Question> Rows = Questions.Make(16);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public void A_cancelled_run_goes_on_where_it_was(int cancelAt)
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        var cancelled = Options(folder.Path);
        cancelled.Cancellation = cancellation.Token;
        cancelled.Progress = new ImmediateProgress(progress =>
        {
            if (progress.Update == cancelAt) cancellation.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => TrainingRun.Of(cancelled, Rows));
        using (var left = Checkpoint.Open(folder.File("last.safetensors")))
            Assert.Contains("vil_prediction.logit_fc.3.bias", left.Names);

        var resumed = TrainingRun.Of(Options(folder.Path), Rows);
        Assert.Equal(cancelAt + 1, resumed.Progress[0].Update);
        var whole = TrainingRun.Of(Options(null), Rows);
        Assert.Equal(0, TrainingRun.Distance(whole.Weights, resumed.Weights));
        Assert.Equal(whole.Progress[^1].Loss, resumed.Progress[^1].Loss, 1e-12);
    }

    [Fact]
    public void A_run_cancelled_while_validating_validates_first()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Loop(cancellation, cancellation.Token));
        var (resumed, trained) = Loop(null, default);
        // The first epoch's three batches were done; its validation was not.
        Assert.Equal([1, 2], resumed.Select(progress => progress.Epoch));
        Assert.Equal(3, trained);
        Assert.All(resumed, progress => Assert.NotNull(progress.ValidationScore));

        (List<TrainingProgress> Ended, int Trained) Loop(CancellationTokenSource? cancelWhileValidating, CancellationToken stop)
        {
            using var parameters = new ModelParameters([new("w", [1], ParameterRole.Bias)], CPU);
            using var optimizer = new TransformerOptimizer(
                OptimizerKind.AdamW, [new ParameterGroup("w", parameters["w"], 0.1, 0)], 0.9, 0.999, 1e-6, correctBias: false);
            var checkpoints = new TrainingCheckpoints(folder.Path, resumable: true);
            var ended = new List<TrainingProgress>();
            var task = new DistanceTask(parameters);
            var loop = new TrainingLoop<float>(
                task, optimizer, new ScheduleFactor(LearningRateSchedule.Constant, 0, 6), new LoopOptions { Epochs = 2 }, checkpoints, ended.Add);
            var state = checkpoints.Resume([], parameters, optimizer) ?? new TrainingState { Run = [] };
            loop.Run(state, 3, (_, first) => new[] { 1f, 2, 3 }.Skip(first), Validation, stop);
            return (ended, task.Trained);

            IEnumerable<float> Validation()
            {
                cancelWhileValidating?.Cancel();
                yield return 4;
            }
        }
    }

    [Fact]
    public void A_folder_that_another_run_holds_is_refused_until_that_ends()
    {
        using var folder = new TemporaryFolder();
        var inside = 0;
        var options = Options(folder.Path);
        options.Progress = new ImmediateProgress(_ =>
        {
            if (inside++ > 0) return;
            var refused = Assert.Throws<InvalidOperationException>(() => TrainingRun.Of(Options(folder.Path), Rows));
            Assert.Contains(folder.Path, refused.Message);
            Assert.Contains("in use by another run", refused.Message);
        });
        TrainingRun.Of(options, Rows);
        Assert.True(inside > 0);
        Assert.Empty(TrainingRun.Of(Options(folder.Path), Rows).Progress);
    }

    [Fact]
    public void A_finished_run_is_not_trained_again()
    {
        using var folder = new TemporaryFolder();
        var first = TrainingRun.Of(Options(folder.Path), Rows, Questions.Make(4, seed: 5));
        var second = TrainingRun.Of(Options(folder.Path), Rows, Questions.Make(4, seed: 5));
        Assert.Empty(second.Progress);
        Assert.Equal(0, TrainingRun.Distance(first.Weights, second.Weights));
    }

    [Fact]
    public void A_checkpoint_of_other_data_or_options_is_refused()
    {
        using var folder = new TemporaryFolder();
        TrainingRun.Of(Options(folder.Path), Rows);
        var otherRate = Options(folder.Path);
        otherRate.LearningRate *= 2;
        var otherRows = Rows.Select(row => row.Clone()).ToList();
        otherRows[0].RegionFeatures = [.. otherRows[0].RegionFeatures.Select(value => value + 1)];
        foreach (var (run, difference) in new (Action, string)[]
        {
            (() => TrainingRun.Of(otherRate, Rows), "LearningRate (0.002 there, 0.004 here)"), (() => TrainingRun.Of(Options(folder.Path), otherRows), "data"),
        })
        {
            var error = Assert.Throws<InvalidOperationException>(run);
            Assert.Contains($"differs in {difference}", error.Message, StringComparison.Ordinal);
            Assert.Contains("last.safetensors", error.Message, StringComparison.Ordinal);
            Assert.Contains("CheckpointFolder", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_is_no_checkpoint_of_a_run_is_refused()
    {
        using var folder = new TemporaryFolder();
        SafeTensors.Write(folder.File("last.safetensors"), [new NamedTensor("a", [1], [1f])]);
        var error = Assert.Throws<InvalidDataException>(() => TrainingRun.Of(Options(folder.Path), Rows));
        Assert.Contains("last.safetensors", error.Message, StringComparison.Ordinal);
        folder.Write("last.safetensors", [1, 2, 3]);
        Assert.Throws<CheckpointFormatException>(() => TrainingRun.Of(Options(folder.Path), Rows));
    }

    [Fact]
    public void What_a_killed_run_was_writing_is_removed()
    {
        using var folder = new TemporaryFolder();
        folder.Write("last.safetensors.1-2.tmp", [1, 2, 3]);
        folder.Write("notes.txt", [1]);
        TrainingRun.Of(Options(folder.Path), Rows);
        Assert.Equal(["last.safetensors", "notes.txt"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    private static VisualQuestionAnsweringOptions Options(string? folder) => Questions.Options(o =>
        (o.Model, o.CheckpointFolder, o.Epochs, o.GradientAccumulation, o.ReportEvery, o.GradientClipping) =
        (Questions.ModelWithDropout, folder, 4, 2, 1, 1));

    private sealed class DistanceTask(ModelParameters parameters) : ITrainingTask<float>
    {
        private bool _training;

        public int Trained { get; private set; }

        public ModelParameters Parameters => parameters;

        public bool Training
        {
            set => _training = value;
        }

        public IEnumerable<BatchResult> Forward(float batch)
        {
            if (_training) Trained++;
            var loss = parameters["w"].sub(batch).square().sum();
            yield return new(loss, loss.detach(), 1);
        }
    }
}
