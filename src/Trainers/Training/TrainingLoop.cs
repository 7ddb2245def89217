using System.Diagnostics;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>
/// What a task makes of a batch: its mean loss (with a graph, while training), the sum of its rows' scores, and its rows. A task of several
/// losses adds them up, with their weights.
/// </summary>
internal readonly record struct BatchResult(Tensor Loss, Tensor Score, int Rows);

/// <summary>A model and its objective, as the loop sees them.</summary>
internal interface ITrainingTask<in TBatch>
{
    ModelParameters Parameters { get; }

    /// <summary>Switches dropout.</summary>
    bool Training { set; }

    /// <summary>
    /// Runs a batch: one result, or one for each of several tasks that train together. The loop takes each result's gradients before it
    /// asks
    /// for the next, so that only one graph is in memory at a time.
    /// </summary>
    IEnumerable<BatchResult> Forward(TBatch batch);
}

/// <summary>How a run goes.</summary>
internal sealed record LoopOptions
{
    public required int Epochs { get; init; }

    /// <summary>Batches whose gradients make one update; the loss is divided by it.</summary>
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>Largest joint norm of the gradients; 0 for no limit.</summary>
    public double GradientClipping { get; init; }

    public long Seed { get; init; }

    /// <summary>Epochs without a better validation score after which the run ends; 0 for never.</summary>
    public int Patience { get; init; }

    /// <summary>Updates between two checkpoints inside an epoch; 0 for one at each epoch's end only.</summary>
    public int CheckpointEvery { get; init; }

    /// <summary>Updates between two progress reports.</summary>
    public int ReportEvery { get; init; } = 50;
}

/// <summary>
/// Epochs of batches: forward, backward, update, schedule, validation, early stopping, checkpoints. Batch order and dropout are functions
/// of the seed and of the place in the run, so a resumed run repeats what an uninterrupted one would have done.
/// </summary>
internal sealed class TrainingLoop<TBatch>(
    ITrainingTask<TBatch> task,
    TransformerOptimizer optimizer,
    ScheduleFactor schedule,
    LoopOptions options,
    TrainingCheckpoints checkpoints,
    Action<TrainingProgress> report)
{
    /// <summary>Runs until the last epoch or early stopping; the model then holds the best weights.</summary>
    /// <param name="state">Where to start.</param>
    /// <param name="batchesPerEpoch">Number of batches of an epoch.</param>
    /// <param name="batches">The batches of an epoch from a batch on.</param>
    /// <param name="validation">The validation batches, or null.</param>
    /// <param name="stop">Ends the run after the current update, or in the middle of a validation; a checkpoint is left.</param>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public void Run(
        TrainingState state,
        int batchesPerEpoch,
        Func<int, int, IEnumerable<TBatch>> batches,
        Func<IEnumerable<TBatch>>? validation,
        CancellationToken stop)
    {
        long updates = (long)options.Epochs * UpdatesPerEpoch(batchesPerEpoch);
        while (!state.Finished && state.Epoch < options.Epochs)
        {
            stop.ThrowIfCancellationRequested();
            var clock = Stopwatch.StartNew();
            var before = state.EpochRows;
            TrainEpoch(state, batchesPerEpoch, batches(state.Epoch, state.Batch), updates, stop);
            var rowsPerSecond = (state.EpochRows - before) / clock.Elapsed.TotalSeconds;
            var score = validation is null ? (double?)null : ValidateOrLeave(state, validation, stop);
            var whole = new Sums(state.EpochLoss, state.EpochScore, state.EpochRows);
            report(Progress(state, updates, batchesPerEpoch, whole, rowsPerSecond) with { ValidationScore = score, EpochEnded = true });
            if (score is { } found) Judge(state, found);
            state.Epoch++;
            (state.Batch, state.EpochLoss, state.EpochScore, state.EpochRows) = (0, 0, 0, 0);
            state.Finished |= state.Epoch == options.Epochs;
            checkpoints.Save(state, task.Parameters, optimizer);
        }

        if (state.BestScore is not null) checkpoints.RestoreBest(task.Parameters);
    }

    /// <summary>Mean loss and score of batches without training on them.</summary>
    public (double Loss, double Score) Validate(IEnumerable<TBatch> batches, CancellationToken stop = default)
    {
        task.Training = false;
        double loss = 0, score = 0;
        long rows = 0;
        using var gradients = no_grad();
        foreach (var batch in batches)
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            foreach (var result in task.Forward(batch))
            {
                loss += result.Loss.ToDouble() * result.Rows;
                score += result.Score.ToDouble();
                rows += result.Rows;
            }
        }

        return (loss / Math.Max(1, rows), score / Math.Max(1, rows));
    }

    public int UpdatesPerEpoch(int batchesPerEpoch) => (batchesPerEpoch + options.GradientAccumulation - 1) / options.GradientAccumulation;

    /// <summary>
    /// The validation score. When stopped meanwhile, the checkpoint is at the epoch's end, so that resuming validates first.
    /// </summary>
    private double ValidateOrLeave(TrainingState state, Func<IEnumerable<TBatch>> validation, CancellationToken stop)
    {
        try
        {
            return Validate(validation(), stop).Score;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            checkpoints.Save(state, task.Parameters, optimizer);
            throw;
        }
    }

    private void TrainEpoch(TrainingState state, int batchesPerEpoch, IEnumerable<TBatch> batches, long updates, CancellationToken stop)
    {
        task.Training = true;
        var clock = Stopwatch.StartNew();
        var reported = new Sums(state.EpochLoss, state.EpochScore, state.EpochRows);
        foreach (var batch in batches)
        {
            SeedDropout(state, batchesPerEpoch);
            TrainBatch(state, batch);
            if (state.Batch % options.GradientAccumulation != 0 && state.Batch != batchesPerEpoch) continue;
            Update(state, batchesPerEpoch);
            if (state.Update % options.ReportEvery == 0 && state.Batch < batchesPerEpoch)
            {
                var now = new Sums(state.EpochLoss, state.EpochScore, state.EpochRows);
                var since = new Sums(now.Loss - reported.Loss, now.Score - reported.Score, now.Rows - reported.Rows);
                report(Progress(state, updates, batchesPerEpoch, since, since.Rows / clock.Elapsed.TotalSeconds));
                reported = now;
                clock.Restart();
            }

            // Only here, between updates: the gradients of a half accumulated update are in no checkpoint.
            var isDue = options.CheckpointEvery > 0 && state.Update % options.CheckpointEvery == 0 && state.Batch < batchesPerEpoch;
            if (isDue || stop.IsCancellationRequested) checkpoints.Save(state, task.Parameters, optimizer);
            stop.ThrowIfCancellationRequested();
        }
    }

    private void TrainBatch(TrainingState state, TBatch batch)
    {
        using var scope = NewDisposeScope();
        foreach (var result in task.Forward(batch))
        {
            var loss = result.Loss.ToDouble();
            if (!double.IsFinite(loss))
            {
                throw new InvalidOperationException(
                    $"The loss became {loss} at update {state.Update + 1} (epoch {state.Epoch + 1}, batch {state.Batch + 1}): " +
                    "a lower learning rate or GradientClipping may help.");
            }

            (options.GradientAccumulation == 1 ? result.Loss : Scalars.With(options.GradientAccumulation, parts => result.Loss.div(parts))).backward();
            state.EpochLoss += loss * result.Rows;
            state.EpochScore += result.Score.ToDouble();
            state.EpochRows += result.Rows;
        }

        state.Batch++;
    }

    private void Update(TrainingState state, int batchesPerEpoch)
    {
        if (options.GradientClipping > 0) optimizer.ClipGradients(options.GradientClipping);
        optimizer.Step(Factor(state.Update, state.Epoch, batchesPerEpoch));
        optimizer.ZeroGradients();
        state.Update++;
    }

    private double Factor(long update, int epoch, int batchesPerEpoch) =>
        schedule.At(update, epoch, update % UpdatesPerEpoch(batchesPerEpoch) == 0);

    private TrainingProgress Progress(TrainingState state, long updates, int batchesPerEpoch, Sums sums, double rowsPerSecond)
    {
        var trunkRate = optimizer.Groups.Count == 0 ? 0 : optimizer.Groups[0].LearningRate;
        var rows = Math.Max(1, sums.Rows);
        return new(
            state.Epoch + 1, options.Epochs, state.Update, updates, sums.Loss / rows,
            trunkRate * Factor(Math.Max(0, state.Update - 1), state.Epoch, batchesPerEpoch), rowsPerSecond, sums.Score / rows, null, false);
    }

    private void Judge(TrainingState state, double score)
    {
        if (state.BestScore is null || score > state.BestScore)
        {
            state.BestScore = score;
            state.BestEpoch = state.Epoch + 1;
            state.EpochsWithoutImprovement = 0;
            checkpoints.SaveBest(task.Parameters);
        }
        else
        {
            state.EpochsWithoutImprovement++;
            state.Finished = options.Patience > 0 && state.EpochsWithoutImprovement >= options.Patience;
        }
    }

    private void SeedDropout(TrainingState state, int batchesPerEpoch)
    {
        var seed = Seeds.Mix(options.Seed, ((long)state.Epoch * batchesPerEpoch) + state.Batch);
        torch.manual_seed(seed).Dispose();
        if (task.Parameters.Device.type == DeviceType.CUDA) torch.cuda.manual_seed_all(seed);
    }

    /// <summary>Loss and score summed over rows.</summary>
    private readonly record struct Sums(double Loss, double Score, long Rows);
}
