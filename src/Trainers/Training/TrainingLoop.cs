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
internal readonly record struct BatchResult(Tensor Loss, Tensor Score, int Rows)
{
    /// <summary>
    /// Whether it is a further loss of the rows of the result before it: then losses and scores add up, and the rows count once.
    /// </summary>
    public bool IsFurther { get; init; }

    /// <summary>The rows that are not counted yet.</summary>
    public int NewRows => IsFurther ? 0 : Rows;
}

/// <summary>A model and its objective, as the loop sees them.</summary>
internal interface ITrainingTask<TBatch>
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

    /// <summary>
    /// The one or two parts of a batch that may be computed at the same time, and each one's share of the batch's loss.
    /// </summary>
    IReadOnlyList<(TBatch Batch, double Share)> Parts(TBatch batch) => [(batch, 1)];

    /// <summary>What the task itself must remember to go on, for a checkpoint; null for nothing.</summary>
    string? Save() => null;

    /// <summary>Tensors that it must remember as well, by name.</summary>
    IReadOnlyDictionary<string, Tensor> Memory => new Dictionary<string, Tensor>();

    /// <summary>Makes dropout a function of the seed.</summary>
    void SeedDropout(int seed) => torch.manual_seed(seed).Dispose();
}

/// <summary>How a run goes.</summary>
internal sealed record LoopOptions
{
    public required int Epochs { get; init; }

    /// <summary>Batches whose gradients make one update; the loss is divided by it.</summary>
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>
    /// Whether every result of a batch makes an update of its own, as tasks that train together do. All of a batch count as one for the
    /// schedule, which moves on after the first.
    /// </summary>
    public bool UpdatesEachResult { get; init; }

    /// <summary>Largest joint norm of the gradients; 0 for no limit.</summary>
    public double GradientClipping { get; init; }

    public long Seed { get; init; }

    /// <summary>Epochs without a better validation score after which the run ends; 0 for never.</summary>
    public int Patience { get; init; }

    /// <summary>Updates between two checkpoints inside an epoch; 0 for one at each epoch's end only.</summary>
    public int CheckpointEvery { get; init; }

    /// <summary>Updates between two progress reports.</summary>
    public int ReportEvery { get; init; } = 50;

    /// <summary>Batches after which losses are read, which makes the loop wait for a device of its own.</summary>
    public int ReadLossesEvery { get; init; } = 1;
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
    Action<TrainingProgress> report,
    Companion? companion = null)
{
    private readonly LossLedger _losses = new(options.ReadLossesEvery);

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
            _losses.Read(state);
            var rowsPerSecond = (state.EpochRows - before) / clock.Elapsed.TotalSeconds;
            var score = validation is null ? (double?)null : ValidateOrLeave(state, validation, stop);
            var whole = new Sums(state.EpochLoss, state.EpochScore, state.EpochRows);
            report(Progress(state, updates, whole, rowsPerSecond) with { ValidationScore = score, EpochEnded = true });
            if (score is { } found) Judge(state, found);
            state.Epoch++;
            (state.Batch, state.EpochLoss, state.EpochScore, state.EpochRows) = (0, 0, 0, 0);
            state.Finished |= state.Epoch == options.Epochs;
            Keep(state);
        }

        if (state.BestScore is not null) checkpoints.RestoreBest(task.Parameters);
        else optimizer.Average?.Settle();
    }

    /// <summary>Mean loss and score of batches without training on them.</summary>
    public (double Loss, double Score) Validate(IEnumerable<TBatch> batches, CancellationToken stop = default)
    {
        task.Training = false;
        double loss = 0, score = 0;
        long rows = 0;
        foreach (var batch in batches)
        {
            stop.ThrowIfCancellationRequested();
            foreach (var sums in Companion.Each(companion, task.Parts(batch), Judge))
                (loss, score, rows) = (loss + sums.Loss, score + sums.Score, rows + sums.Rows);
        }

        return (loss / Math.Max(1, rows), score / Math.Max(1, rows));

        Sums Judge((TBatch Batch, double Share) part)
        {
            using var scope = NewDisposeScope();
            using var gradients = no_grad();
            return task.Forward(part.Batch).Aggregate(default(Sums), (sums, result) => sums.Plus(result.Loss.ToDouble(), result));
        }
    }

    public int UpdatesPerEpoch(int batchesPerEpoch) => (batchesPerEpoch + options.GradientAccumulation - 1) / options.GradientAccumulation;

    /// <summary>
    /// The validation score. When stopped meanwhile, the checkpoint is at the epoch's end, so that resuming validates first.
    /// </summary>
    private double ValidateOrLeave(TrainingState state, Func<IEnumerable<TBatch>> validation, CancellationToken stop)
    {
        try
        {
            using var average = optimizer.Average?.InPlace();
            return Validate(validation(), stop).Score;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Keep(state);
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
            task.SeedDropout(Seeds.Mix(options.Seed, ((long)state.Epoch * batchesPerEpoch) + state.Batch));
            var rows = state.EpochRows;
            TrainBatch(state, batch, batchesPerEpoch);
            if (!EndsUpdate(state.Batch, batchesPerEpoch)) continue;
            if (!options.UpdatesEachResult) Step(state.Update, state.Epoch, StartsEpoch(state.Batch - 1));
            if (state.EpochRows > rows) state.Update++;
            if (state.Update % options.ReportEvery == 0 && state.Batch < batchesPerEpoch)
            {
                _losses.Read(state);
                var now = new Sums(state.EpochLoss, state.EpochScore, state.EpochRows);
                var since = new Sums(now.Loss - reported.Loss, now.Score - reported.Score, now.Rows - reported.Rows);
                report(Progress(state, updates, since, since.Rows / clock.Elapsed.TotalSeconds));
                reported = now;
                clock.Restart();
            }

            // Only here, between updates: the gradients of a half accumulated update are in no checkpoint.
            var isDue = options.CheckpointEvery > 0 && state.Update % options.CheckpointEvery == 0 && state.Batch < batchesPerEpoch;
            if (isDue || stop.IsCancellationRequested) Keep(state);
            stop.ThrowIfCancellationRequested();
        }
    }

    private void Keep(TrainingState state)
    {
        _losses.Read(state);
        state.Task = task.Save();
        checkpoints.Save(state, task.Parameters, optimizer, task.Memory);
    }

    private void TrainBatch(TrainingState state, TBatch batch, int batchesPerEpoch)
    {
        _losses.Add(state, Companion.Each(companion, task.Parts(batch), Learn).SelectMany(entries => entries));
        state.Batch++;

        List<LossEntry> Learn((TBatch Batch, double Share) part)
        {
            using var scope = NewDisposeScope();
            var entries = new List<LossEntry>();
            foreach (var result in task.Forward(part.Batch))
            {
                var entry = _losses.Note(state, result);
                var share = part.Share / options.GradientAccumulation;
                (share == 1 ? result.Loss : Scalars.With(share, result.Loss.mul)).backward();
                if (options.UpdatesEachResult && EndsUpdate(state.Batch + 1, batchesPerEpoch))
                    Step(state.Update + (entries.Count > 0 ? 1 : 0), state.Epoch, entries.Count == 0 && StartsEpoch(state.Batch));
                entries.Add(entry);
            }

            return entries;
        }
    }

    private bool EndsUpdate(int batches, int batchesPerEpoch) => batches % options.GradientAccumulation == 0 || batches == batchesPerEpoch;

    /// <summary>Whether the update that a batch is part of is its epoch's first.</summary>
    private bool StartsEpoch(int batch) => batch < options.GradientAccumulation;

    private void Step(long update, int epoch, bool firstOfEpoch)
    {
        if (options.GradientClipping > 0) optimizer.ClipGradients(options.GradientClipping);
        optimizer.Step(schedule.At(update, epoch, firstOfEpoch), companion);
        optimizer.ZeroGradients();
    }

    private TrainingProgress Progress(TrainingState state, long updates, Sums sums, double rowsPerSecond)
    {
        var trunkRate = optimizer.Groups.Count == 0 ? 0 : optimizer.Groups[0].LearningRate;
        var rows = Math.Max(1, sums.Rows);
        var factor = schedule.At(Math.Max(0, state.Update - 1), state.Epoch, StartsEpoch(Math.Max(0, state.Batch - 1)));
        return new(
            state.Epoch + 1, options.Epochs, state.Update, updates, sums.Loss / rows, trunkRate * factor, rowsPerSecond, sums.Score / rows,
            null, false);
    }

    private void Judge(TrainingState state, double score)
    {
        if (state.BestScore is null || score > state.BestScore)
        {
            state.BestScore = score;
            state.BestEpoch = state.Epoch + 1;
            state.EpochsWithoutImprovement = 0;
            using var average = optimizer.Average?.InPlace();
            checkpoints.SaveBest(task.Parameters);
        }
        else
        {
            state.EpochsWithoutImprovement++;
            state.Finished = options.Patience > 0 && state.EpochsWithoutImprovement >= options.Patience;
        }
    }

    /// <summary>Loss and score summed over rows.</summary>
    private readonly record struct Sums(double Loss, double Score, long Rows)
    {
        public Sums Plus(double loss, BatchResult result) =>
            new(Loss + (loss * result.Rows), Score + result.Score.ToDouble(), Rows + result.NewRows);
    }
}
