using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class TrainingBehaviourTests
{
    private static readonly List<Question> Rows = Questions.Make(16);

    [Fact]
    public void Learns_the_task()
    {
        var run = TrainingRun.Of(Questions.Options(o => o.Epochs = 16), Questions.Make(100), Questions.Make(12, seed: 9));
        Assert.Equal(["no", "yes"], run.Answers.Where(answer => !answer.StartsWith("colour", StringComparison.Ordinal)).Order());
        Assert.Equal(6, run.Answers.Count);
        Assert.Equal(16, run.Epochs.Count);
        Assert.True(run.Epochs[^1].Loss < 0.3 * run.Epochs[0].Loss, $"The loss went from {run.Epochs[0].Loss} to {run.Epochs[^1].Loss}.");
        Assert.True(run.Epochs.Max(epoch => epoch.ValidationScore) > 0.9, $"The validation score is {run.Epochs[^1].ValidationScore}.");
    }

    [Fact]
    public void The_seed_decides_everything_also_dropout()
    {
        TrainingRun Run(int seed, ViLbertConfig model) => TrainingRun.Of(Questions.Options(o => (o.Seed, o.Model) = (seed, model)), Rows);
        var first = Run(4, Questions.ModelWithDropout);
        Assert.Equal(0, TrainingRun.Distance(first.Weights, Run(4, Questions.ModelWithDropout).Weights));
        Assert.NotEqual(0, TrainingRun.Distance(first.Weights, Run(5, Questions.ModelWithDropout).Weights));
        Assert.NotEqual(0, TrainingRun.Distance(first.Weights, Run(4, Questions.Model).Weights));
    }

    [Fact]
    public void Accumulated_batches_equal_one_large_batch()
    {
        TrainingRun Run(int batch, int accumulation) => TrainingRun.Of(
            // Plain steps: Adam's division would turn rounding of tiny gradients into steps of full size.
            Questions.Options(o => (o.BatchSize, o.GradientAccumulation, o.Epsilon) = (batch, accumulation, 1)), Rows);
        TrainingRun large = Run(8, 1), small = Run(2, 4);
        Assert.InRange(TrainingRun.Distance(large.Weights, small.Weights), 0, 1e-5);
        Assert.Equal(large.Progress[^1].Update, small.Progress[^1].Update);
        Assert.True(TrainingRun.Distance(large.Weights, Run(2, 1).Weights) > 1e-4);
    }

    [Fact]
    public void Clipping_limits_the_step()
    {
        // BertAdam with betas of 0 and a large epsilon moves by rate * gradient / epsilon, so the step shows the gradient's norm.
        double StepNorm(double clipping)
        {
            VisualQuestionAnsweringOptions Options(double rate) => Questions.Options(o =>
            {
                (o.Epochs, o.BatchSize, o.Optimizer, o.Beta1, o.Beta2, o.Epsilon, o.WeightDecay) = (1, 64, OptimizerKind.BertAdam, 0, 0, 1e6, 0);
                (o.LearningRate, o.Schedule, o.GradientClipping) = (rate, LearningRateSchedule.Constant, clipping);
            });
            TrainingRun before = TrainingRun.Of(Options(0), Rows), after = TrainingRun.Of(Options(1e6), Rows);
            return Math.Sqrt(before.Weights.Sum(pair => pair.Value.Zip(after.Weights[pair.Key], (a, b) => Math.Pow(a - b, 2)).Sum()));
        }

        var free = StepNorm(0);
        Assert.True(free > 0.5, $"The gradient's norm is only {free}.");
        Assert.Equal(0.25, StepNorm(0.25), 1e-3);
        Assert.Equal(free, StepNorm(2 * free), 1e-3 * free);
    }

    [Fact]
    public void Early_stopping_ends_the_run_and_keeps_the_best_weights()
    {
        var validation = Questions.Make(12, seed: 9);
        TrainingRun Run(int epochs, int patience) => TrainingRun.Of(
            // A rate that overshoots, so that the score gets worse after its best; the same however many epochs are planned.
            Questions.Options(o =>
                (o.Epochs, o.EarlyStoppingPatience, o.LearningRate, o.Schedule) = (epochs, patience, 0.03, LearningRateSchedule.Constant)),
            Rows,
            validation);
        var stopped = Run(40, 3);
        var scores = stopped.Epochs.Select(epoch => epoch.ValidationScore!.Value).ToList();
        var best = scores.IndexOf(scores.Max());
        Assert.Equal(best + 1 + 3, scores.Count);
        Assert.True(scores.Count < 40);
        Assert.Equal(0, TrainingRun.Distance(stopped.Weights, Run(best + 1, 0).Weights));
    }

    [Fact]
    public void A_loss_that_is_no_number_is_an_error()
    {
        var rows = Rows.Select(row => row.Clone()).ToList();
        foreach (var row in rows) row.RegionFeatures = [.. row.RegionFeatures.Select(_ => 1e38f)];
        var error = Assert.Throws<InvalidOperationException>(() => TrainingRun.Of(Questions.Options(), rows));
        Assert.Contains("loss", error.Message, StringComparison.Ordinal);
        Assert.Contains("update 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("learning rate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fixed_layers_do_not_change()
    {
        var model = Questions.Model with { TextLayersBeforeCoAttention = [1, 2], FixedTextLayers = 1 };
        TrainingRun Run(double rate) => TrainingRun.Of(
            Questions.Options(o => (o.Model, o.LearningRate, o.HeadLearningRate) = (model, rate, rate)), Rows);
        TrainingRun still = Run(0), moved = Run(5e-3);
        bool Changed(string name) => !still.Weights[name].SequenceEqual(moved.Weights[name]);
        string[] names = [.. still.Weights.Keys];
        Assert.All(names.Where(name => name.StartsWith("bert.embeddings.", StringComparison.Ordinal)), name => Assert.False(Changed(name), name));
        Assert.All(names.Where(name => name.Contains("encoder.layer.0.", StringComparison.Ordinal)), name => Assert.False(Changed(name), name));
        Assert.Contains(names, name => name.Contains("encoder.layer.1.", StringComparison.Ordinal) && Changed(name));
        Assert.Contains(names, name => name.Contains("encoder.v_layer.0.", StringComparison.Ordinal) && Changed(name));
    }

    [Fact]
    public void Progress_counts_updates_epochs_and_rows()
    {
        var run = TrainingRun.Of(
            Questions.Options(o => (o.Epochs, o.BatchSize, o.GradientAccumulation, o.ReportEvery) = (2, 8, 3, 1)), Rows);
        // 32 rows: 4 batches, so updates after batches 3 and 4; the last report of an epoch is the epoch's own.
        Assert.Equal([1, 2, 3, 4], run.Progress.Select(progress => progress.Update));
        Assert.Equal([false, true, false, true], run.Progress.Select(progress => progress.EpochEnded));
        Assert.Equal([1, 1, 2, 2], run.Progress.Select(progress => progress.Epoch));
        Assert.All(run.Progress, progress => Assert.Equal((4, 2), ((int)progress.Updates, progress.Epochs)));
        Assert.All(run.Progress, progress => Assert.True(progress is { RowsPerSecond: > 0, Loss: > 0, ValidationScore: null }));
        Assert.All(run.Progress, progress => Assert.InRange(progress.TrainingScore, 0, 1));
    }

    [Fact]
    public void Task_tokens_train_too()
    {
        var run = TrainingRun.Of(Questions.Options(o => (o.Model, o.Epochs) = (Questions.Model with { TaskTokens = true }, 4)), Rows);
        Assert.True(run.Epochs[^1].Loss < run.Epochs[0].Loss);
    }
}
