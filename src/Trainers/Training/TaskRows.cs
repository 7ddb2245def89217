using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;

namespace MLNet.VisionLanguage.Training;

/// <summary>The rows of a task in a run: read, split, and laid out as batches.</summary>
internal sealed class TaskRows<TLabel> : IDisposable
{
    /// <summary>The number of the first validation batch among the seeds of batches, downwards; -1 splits the rows.</summary>
    private const long FirstHeldBatch = -2;

    private readonly TrainingTask<TLabel> _task;
    private readonly TrainingRows<TLabel> _data;
    private readonly BatchPlan _plan;
    private readonly BatchPlan _heldPlan;
    private readonly ChangedImages? _changed;
    private readonly int _seed;

    /// <summary>Reads the rows of views, and settles the task on them.</summary>
    /// <param name="task">The task.</param>
    /// <param name="options">The task's options.</param>
    /// <param name="run">The run.</param>
    /// <param name="seed">The seed of split and order.</param>
    /// <param name="folder">Where regions and texts lie meanwhile.</param>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows; null holds out a share of the training rows, if the options say so.</param>
    public TaskRows(
        TrainingTask<TLabel> task, TrainerOptions options, RunSetup run, int seed, string folder, IDataView input, IDataView? validation)
    {
        (_task, _seed) = (task, seed);
        foreach (var view in validation is null ? [input] : new[] { input, validation })
        {
            task.Inputs.Check(view.Schema);
            task.Labels.Columns(view.Schema);
        }

        _changed = ChangedImages.Of(options, task.Inputs, input.Schema);
        _data = new(task.Inputs, task.Labels, folder, options.RowIdColumnName, run.Warn);
        try
        {
            (Training, Held) = Read(options, input, validation);
            task.Settle(Training, run.Channel);
            _plan = Plan(Training);
            _heldPlan = Plan(Held);
        }
        catch
        {
            _data.Dispose();
            throw;
        }

        BatchPlan Plan(IReadOnlyList<TrainingRow<TLabel>> rows) =>
            new(rows.Count, options.BatchSize, seed, options.BucketByLength ? [.. rows.Select(_data.Length)] : null);
    }

    public IReadOnlyList<TrainingRow<TLabel>> Training { get; }

    public IReadOnlyList<TrainingRow<TLabel>> Held { get; }

    public int BatchesPerEpoch => _plan.BatchesPerEpoch;

    /// <summary>What tells these rows from others.</summary>
    public IEnumerable<(string Name, object? Value)> Identity() =>
        [.. _task.Identity(), ("training rows", Training.Count), ("validation rows", Held.Count), ("data", _data.Digest())];

    /// <summary>The first training row, as scoring takes it.</summary>
    public ColumnBatch First() => _data.Collate([Training[0]]);

    /// <summary>The training batches of an epoch from one on; those of the next may be laid out meanwhile.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="first">The first batch.</param>
    /// <param name="inTwo">Whether a batch comes as its short and its long rows.</param>
    public IEnumerable<TrainingBatch> Epoch(int epoch, int first, bool inTwo) => Prefetch.Run(
        _plan.Epoch(epoch).Index().Skip(first),
        batch => Collate(Training, batch.Item, ((long)epoch * BatchesPerEpoch) + batch.Index, inTwo));

    /// <summary>The validation batches. They draw the same every time, training anew for every batch of the run.</summary>
    public IEnumerable<TrainingBatch> HeldBatches(bool inTwo) => Prefetch.Run(
        _heldPlan.Epoch(0, shuffle: false).Index(), batch => Collate(Held, batch.Item, FirstHeldBatch - batch.Index, inTwo));

    public void Dispose() => _data.Dispose();

    private TrainingBatch Collate(IReadOnlyList<TrainingRow<TLabel>> rows, int[] places, long number, bool inTwo)
    {
        var random = new Random(Seeds.Mix(_seed, number));
        var chosen = _task.Draw(_data, [.. places.Select(i => rows[i])], rows, random);
        var changes = _changed is not null && ReferenceEquals(rows, Training) ? random.NextInt64() : default(long?);
        if (!inTwo || chosen.Count < 2) return Whole(chosen, null);
        var (few, many) = _data.Halves(chosen);
        return Whole(many, Whole(few, null));

        TrainingBatch Whole(IReadOnlyList<TrainingRow<TLabel>> part, TrainingBatch? rest)
        {
            var batch = _data.Collate(part);
            for (var i = 0; changes is { } seed && i < part.Count; i++) _changed!.Change(batch, i, seed, part[i].Place);
            return new(_task.Inputs, batch, _task.Prepare(batch, part, random)) { Number = number, Rest = rest };
        }
    }

    private (IReadOnlyList<TrainingRow<TLabel>> Training, IReadOnlyList<TrainingRow<TLabel>> Held) Read(
        TrainerOptions options, IDataView input, IDataView? validation)
    {
        var rows = _data.Read(input, "training data");
        if (validation is not null) return (rows, _data.Read(validation, "validation data"));
        if (options.ValidationFraction == 0) return (rows, []);
        var split = _data.SplitByImage(rows, options.ValidationFraction, _seed);
        options.CheckSplit(split.Training.Count, split.Held.Count);
        return split;
    }
}
