using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Scoring;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage;

/// <summary>
/// What all trainers of this library share: reading and checking rows, the run itself, checkpoints, the schema afterwards.
/// </summary>
/// <typeparam name="TTransformer">The trained transformer.</typeparam>
public abstract class TaskTrainer<TTransformer> : IEstimator<TTransformer>
    where TTransformer : TaskTransformer
{
    private readonly IHost _host;
    private readonly int _seed;

    private protected TaskTrainer(MLContext context, TrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Context = context;
        _seed = options.Seed ?? Seeds.Of(context);
        _host = ((IHostEnvironment)context).Register(GetType().Name, _seed);
    }

    internal MLContext Context { get; }

    /// <summary>Trains on the rows of a view.</summary>
    /// <param name="input">The training rows, with the columns the options name.</param>
    /// <returns>The trained transformer.</returns>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type, or <see cref="LearningOptions.EarlyStoppingPatience"/> has no validation rows to go by.
    /// </exception>
    /// <exception cref="InvalidDataException">A row is bad (the message has its position), or nothing can be learnt from the rows.</exception>
    /// <exception cref="CheckpointMismatchException">The initial weights are of another architecture or size.</exception>
    /// <exception cref="OperationCanceledException">The options' cancellation token was cancelled.</exception>
    /// <exception cref="IOException">The checkpoint folder cannot be written to; found before the first row is read.</exception>
    /// <exception cref="InvalidOperationException">
    /// The trained model could not be scored: the context asks for a device that ONNX Runtime does not have, or its session options do not
    /// work. Found before the first epoch.
    /// </exception>
    /// <exception cref="DllNotFoundException">libtorch is missing or does not load; the message says what to reference, or why.</exception>
    public TTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>Trains on the rows of a view and validates on those of another after every epoch.</summary>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows; null holds out <see cref="LearningOptions.ValidationFraction"/>.</param>
    /// <inheritdoc cref="Fit(IDataView)"/>
    public TTransformer Fit(IDataView input, IDataView? validation)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Train(input, validation);
    }

    /// <summary>The columns after training: the input's, and those of the prediction.</summary>
    /// <param name="inputSchema">The shape of the training view.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Scoring().OutputShape(Context, inputSchema);
    }

    /// <summary>Trains the task and makes its transformer.</summary>
    private protected abstract TTransformer Train(IDataView input, IDataView? validation);

    /// <summary>The task as it scores, whatever the training rows will decide.</summary>
    private protected abstract ScoringTask Scoring();

    /// <summary>Trains a task and makes the transformer of its settings.</summary>
    /// <param name="options">The trainer's options.</param>
    /// <param name="taskOf">The task of the options in the data's sizes.</param>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows, or null.</param>
    private protected TTransformer Run<TOptions, TLabel, TSettings>(
        TOptions options, Func<TOptions, ModelTask<TLabel, TSettings>> taskOf, IDataView input, IDataView? validation)
        where TOptions : TrainerOptions
        where TSettings : TaskSettings<TSettings, TTransformer>, new()
    {
        var sized = (TOptions)options.For(input);
        var task = taskOf(sized);
        return Run(sized, task, input, validation, Create, (parameters, row) =>
        {
            using var transformer = Create(parameters);
            transformer.Try(row);
        });

        TTransformer Create(ModelParameters parameters) => task.Settings.Create(Context, parameters.AsSource());
    }

    /// <summary>Trains a task.</summary>
    /// <param name="options">The options in the data's sizes.</param>
    /// <param name="task">The task.</param>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows, or null.</param>
    /// <param name="finish">What to make of the trained parameters, which are disposed afterwards.</param>
    /// <param name="rehearse">Does with the untrained parameters and one row what will be done with the trained ones.</param>
    internal TResult Run<TLabel, TResult>(
        TrainerOptions options, TrainingTask<TLabel> task, IDataView input, IDataView? validation, Func<ModelParameters, TResult> finish,
        Action<ModelParameters, ColumnBatch>? rehearse = null)
    {
        if (validation is null) options.CheckPatience();
        if (rehearse is not null) Rehearsal.OpenScoring(Context);
        if (options.CheckpointFolder is { } folder) Rehearsal.WriteTo(folder);
        TorchRuntime.EnsureLoaded();
        using var channel = _host.Start("Training");
        return new TrainingRun<TLabel>(new(channel, options, _seed), task, rehearse).Run(input, validation, finish);
    }
}
