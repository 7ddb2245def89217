using System.Diagnostics;
using MLNet.VisionLanguage.Modules;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>What a batch gives: its mean loss (with a graph, while training), the sum of its rows' scores, and its rows.</summary>
internal readonly record struct BatchResult(Tensor Loss, Tensor Score, int Rows);

/// <summary>A model and its objective, as the loop sees them.</summary>
internal interface ITrainingTask<in TBatch>
{
    ModelParameters Parameters { get; }

    /// <summary>Switches dropout.</summary>
    bool Training { set; }

    BatchResult Forward(TBatch batch);
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
    /// <param name="stop">Ends the run after the current update, leaving a checkpoint.</param>
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
            var clock = Stopwatch.StartNew();
            var before = state.EpochRows;
            TrainEpoch(state, batchesPerEpoch, batches(state.Epoch, state.Batch), updates, stop);
            var rowsPerSecond = (state.EpochRows - before) / clock.Elapsed.TotalSeconds;
            double? score;
            try
            {
                score = validation is null ? null : Validate(validation(), stop).Score;
            }
            catch (OperationCanceledException)
            {
                checkpoints.Save(state, task.Parameters, optimizer);
                throw;
            }

            report(Progress(state, updates, batchesPerEpoch, state.EpochLoss, state.EpochScore, state.EpochRows, rowsPerSecond) with
            {
                ValidationScore = score,
                EpochEnded = true,
            });
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
            var result = task.Forward(batch);
            loss += result.Loss.ToDouble() * result.Rows;
            score += result.Score.ToDouble();
            rows += result.Rows;
        }

        return (loss / Math.Max(1, rows), score / Math.Max(1, rows));
    }

    public int UpdatesPerEpoch(int batchesPerEpoch) => (batchesPerEpoch + options.GradientAccumulation - 1) / options.GradientAccumulation;

    private void TrainEpoch(TrainingState state, int batchesPerEpoch, IEnumerable<TBatch> batches, long updates, CancellationToken stop)
    {
        task.Training = true;
        var clock = Stopwatch.StartNew();
        double loss = 0, score = 0;
        long rows = 0;
        foreach (var batch in batches)
        {
            SeedDropout(state, batchesPerEpoch);
            using (NewDisposeScope())
            {
                var result = task.Forward(batch);
                var value = result.Loss.ToDouble();
                if (!double.IsFinite(value))
                {
                    throw new InvalidOperationException(
                        $"The loss became {value} at update {state.Update + 1} (epoch {state.Epoch + 1}, batch {state.Batch + 1}): a lower learning rate or GradientClipping may help.");
                }

                (options.GradientAccumulation == 1 ? result.Loss : result.Loss.div(options.GradientAccumulation)).backward();
                loss += value * result.Rows;
                score += result.Score.ToDouble();
                rows += result.Rows;
            }

            state.Batch++;
            if (state.Batch % options.GradientAccumulation != 0 && state.Batch != batchesPerEpoch) continue;
            Update(state, batchesPerEpoch);
            if (state.Update % options.ReportEvery == 0 && state.Batch < batchesPerEpoch)
            {
                report(Progress(state, updates, batchesPerEpoch, loss, score, rows, rows / clock.Elapsed.TotalSeconds));
                Account();
            }

            // Between two updates is where a run can be left and gone on with.
            var isDue = options.CheckpointEvery > 0 && state.Update % options.CheckpointEvery == 0 && state.Batch < batchesPerEpoch;
            if (isDue || stop.IsCancellationRequested)
            {
                Account();
                checkpoints.Save(state, task.Parameters, optimizer);
                stop.ThrowIfCancellationRequested();
            }
        }

        Account();

        void Account()
        {
            state.EpochLoss += loss;
            state.EpochScore += score;
            state.EpochRows += rows;
            (loss, score, rows) = (0, 0, 0);
            clock.Restart();
        }
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

    private TrainingProgress Progress(
        TrainingState state, long updates, int batchesPerEpoch, double loss, double score, long rows, double rowsPerSecond)
    {
        var trunkRate = optimizer.Groups.Count == 0 ? 0 : optimizer.Groups[0].LearningRate;
        return new(
            state.Epoch + 1, options.Epochs, state.Update, updates, loss / Math.Max(1, rows),
            trunkRate * Factor(Math.Max(0, state.Update - 1), state.Epoch, batchesPerEpoch), rowsPerSecond, score / Math.Max(1, rows), null, false);
    }

    private void Judge(TrainingState state, double score)
    {
        if (state.BestScore is null || score > state.BestScore)
        {
            state.BestScore = score;
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
        torch.manual_seed(seed);
        if (task.Parameters.Device.type == DeviceType.CUDA) torch.cuda.manual_seed_all(seed);
    }
}
