using Microsoft.ML;

namespace MLNet.VisionLanguage;

/// <summary>What a pipeline is made for: one training of a trial.</summary>
public sealed class Trial
{
    private readonly Action<TrainingProgress> _report;

    internal Trial(
        MLContext context, TrialParameters parameters, int seed, IDataView training, IDataView validation, Action<TrainingProgress>? report = null,
        CancellationToken cancellation = default)
    {
        (Context, Parameters, Seed, Training, Validation, _report, Cancellation) =
            (context, parameters, seed, training, validation, report ?? (_ => { }), cancellation);
        Progress = new Reporter(this);
    }

    /// <summary>The context to make estimators in.</summary>
    public MLContext Context { get; }

    /// <summary>The trial's parameters.</summary>
    public TrialParameters Parameters { get; }

    /// <summary>The seed of weights, batch order and dropout; each repetition has another.</summary>
    public int Seed { get; }

    /// <summary>The rows that the pipeline will be fitted to.</summary>
    public IDataView Training { get; }

    /// <summary>The rows that the metric is measured on.</summary>
    public IDataView Validation { get; }

    /// <summary>Takes the trainer's progress, from which come the learning curve and whether the trial goes on.</summary>
    public IProgress<TrainingProgress> Progress { get; }

    /// <summary>Ends the trainer.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>Gives a trainer's options the trial's seed, progress and cancellation.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The same options.</returns>
    public TOptions Watch<TOptions>(TOptions options)
        where TOptions : TrainerOptions
    {
        ArgumentNullException.ThrowIfNull(options);
        (options.Seed, options.Progress, options.Cancellation) = (Seed, Progress, Cancellation);
        return options;
    }

    private sealed class Reporter(Trial trial) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => trial._report(value);
    }
}
