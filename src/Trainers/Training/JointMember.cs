using Microsoft.ML;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>A task with its rows, among several that train the same model.</summary>
internal abstract class JointMember : IDisposable
{
    /// <summary>Batches of an epoch of its training rows.</summary>
    public abstract int Batches { get; }

    public abstract bool HasValidation { get; }

    /// <summary>Reads its rows; everything else is asked for afterwards.</summary>
    /// <param name="options">Its options.</param>
    /// <param name="run">The run.</param>
    /// <param name="seed">The seed of its split and order.</param>
    /// <param name="folder">Where rows lie meanwhile.</param>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows, or null.</param>
    public abstract void Read(TrainerOptions options, RunSetup run, int seed, string folder, IDataView input, IDataView? validation);

    /// <summary>The parameters of the model with the task's head.</summary>
    public abstract IReadOnlyList<ModelParameter> Parameters();

    /// <summary>What tells its rows from others.</summary>
    public abstract IEnumerable<(string Name, object? Value)> Identity();

    /// <summary>The names that its head chooses from; empty where none are fixed.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Loss and score of a training batch, by how many there were before it.</summary>
    public abstract BatchResult Forward(TorchEngine engine, int number);

    /// <summary>The mean score of its validation rows.</summary>
    public abstract double Validate(TorchEngine engine, CancellationToken stop);

    /// <summary>Makes the transformer of trained weights.</summary>
    public abstract TaskTransformer Create(MLContext context, IParameterSource weights);

    /// <summary>Makes one of untrained weights and scores a row with it.</summary>
    public abstract void Rehearse(MLContext context, IParameterSource weights);

    public abstract void Dispose();
}

/// <inheritdoc/>
/// <typeparam name="TLabel">What the task reads of a row besides the inputs.</typeparam>
/// <typeparam name="TSettings">The settings of its model.</typeparam>
/// <typeparam name="TTransformer">Its transformer.</typeparam>
/// <param name="task">The task.</param>
internal sealed class JointMember<TLabel, TSettings, TTransformer>(ModelTask<TLabel, TSettings> task) : JointMember
    where TSettings : TaskSettings<TSettings, TTransformer>, new()
    where TTransformer : TaskTransformer
{
    private TaskRows<TLabel>? _rows;
    private IEnumerator<TrainingBatch>? _batches;
    private int _next = -1;

    public override int Batches => Rows.BatchesPerEpoch;

    public override bool HasValidation => Rows.Held.Count > 0;

    private TaskRows<TLabel> Rows => _rows ?? throw new InvalidOperationException("The task's rows are not read yet.");

    public override void Read(TrainerOptions options, RunSetup run, int seed, string folder, IDataView input, IDataView? validation) =>
        _rows = new(task, options, run, seed, folder, input, validation);

    public override IReadOnlyList<string> Names => task.Settings.ChosenNames;

    public override IReadOnlyList<ModelParameter> Parameters() => task.Parameters();

    public override IEnumerable<(string Name, object? Value)> Identity() => Rows.Identity();

    public override BatchResult Forward(TorchEngine engine, int number)
    {
        if (number != _next || _batches is null || !_batches.MoveNext())
        {
            // An epoch begins, or the run goes on inside one.
            _batches?.Dispose();
            _batches = Rows.Epoch(number / Batches, number % Batches, inTwo: false).GetEnumerator();
            _batches.MoveNext();
        }

        _next = number + 1;
        return task.Forward(engine, _batches.Current).Single();
    }

    public override double Validate(TorchEngine engine, CancellationToken stop)
    {
        double score = 0;
        long rows = 0;
        foreach (var batch in Rows.HeldBatches(inTwo: false))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            foreach (var result in task.Forward(engine, batch)) (score, rows) = (score + result.Score.ToDouble(), rows + result.Rows);
        }

        return score / rows;
    }

    public override TaskTransformer Create(MLContext context, IParameterSource weights) => task.Settings.Create(context, weights);

    public override void Rehearse(MLContext context, IParameterSource weights)
    {
        using var row = Rows.First();
        using var transformer = task.Settings.Create(context, weights);
        transformer.Try(row);
    }

    public override void Dispose()
    {
        _batches?.Dispose();
        _rows?.Dispose();
    }
}
