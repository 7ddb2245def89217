using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tool.Tasks;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Joint;

/// <summary>A task among several that train together: its rows, what is trained on them, and what became of it.</summary>
/// <param name="declared">What the tasks file says of it.</param>
internal abstract class JoinedTask(DeclaredTask declared)
{
    public DeclaredTask Declared => declared;

    /// <summary>What it is, in a line.</summary>
    public abstract string Summary { get; }

    /// <summary>Region features; empty to look at the images.</summary>
    public abstract IReadOnlyList<string> FeatureFiles { get; }

    /// <summary>The texts of its training rows.</summary>
    public abstract IEnumerable<string> Words { get; }

    /// <summary>The rows of both parts, for messages.</summary>
    public abstract IEnumerable<RowFacts> Facts { get; }

    /// <summary>What the trainer is given.</summary>
    /// <param name="context">The context.</param>
    /// <param name="inputs">How rows become what the model reads.</param>
    /// <param name="featureSize">Values of a region.</param>
    /// <param name="lossScale">The factor on its loss.</param>
    /// <param name="epochs">Passes over its rows.</param>
    /// <param name="meter">Shows how rows are read.</param>
    public abstract MultiTaskData Prepare(
        MLContext context, InputSteps inputs, int featureSize, double lossScale, int epochs, IMeter meter);

    /// <summary>Writes its model.</summary>
    public abstract void Save(MLContext context, TaskTransformer model, string path);

    /// <summary>Measures its model's file on the rows of the second part.</summary>
    public abstract JointFigures Measure(string path, MultiTaskScore score);
}

/// <inheritdoc/>
/// <param name="task">The task.</param>
/// <param name="declared">What the tasks file says of it.</param>
/// <param name="terminal">Where notes and progress go.</param>
internal sealed class JoinedTask<TData, TRow, TPrediction>(ToolTask<TData, TRow, TPrediction> task, DeclaredTask declared, Terminal terminal)
    : JoinedTask(declared)
    where TRow : class, new()
{
    private IReadOnlyList<TRow> _training = [];
    private IReadOnlyList<TRow> _unseen = [];
    private IReadOnlyList<string> _featureFiles = [];
    private TaskTrainerOptions? _options;
    private InputSteps? _inputs;
    private RowSources? _sources;
    private TransformerChain<ITransformer>? _before;

    public override string Summary =>
        $"{Declared.Name} ({task.Name}): {_training.Count} {task.RowsName} to train on, {_unseen.Count} unseen, {task.Summary(Options)}";

    public override IReadOnlyList<string> FeatureFiles => _featureFiles;

    public override IEnumerable<string> Words => _training.SelectMany(row => task.Facts(row).Words);

    public override IEnumerable<RowFacts> Facts => _training.Concat(_unseen).Select(task.Facts);

    private TaskTrainerOptions Options => _options ?? throw new InvalidOperationException("The task is not open.");

    /// <summary>Reads the rows of both parts by the very options that the task's own commands have.</summary>
    public JoinedTask<TData, TRow, TPrediction> Open()
    {
        var command = new Command("task");
        var source = task.CreateData(command, annotated: true);
        foreach (var option in task.TrainOptions) command.Add(option);
        var literally = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var parsed = command.Parse(Declared.ArgumentsFor(DeclaredTask.Training), literally);
        var data = source.Open(parsed, terminal);
        (_training, _featureFiles) = (task.Rows(data), source.FeatureFiles(parsed));
        _options = (TaskTrainerOptions)task.CreateTrainerOptions(parsed, data, _training);
        (_options.BatchSize, _options.TaskNumber) = (Declared.BatchSize, Declared.Number);
        _unseen = task.Rows(source.Open(command.Parse(Declared.ArgumentsFor(DeclaredTask.Validation), literally), terminal));
        return this;
    }

    public override MultiTaskData Prepare(
        MLContext context, InputSteps inputs, int featureSize, double lossScale, int epochs, IMeter meter)
    {
        inputs.CheckTexts(Facts, task.RowsName);
        var sources = task.SourcesOf(_training, Options);
        (_inputs, _sources) = (inputs, sources);
        var (training, unseen) = (View(_training), View(_unseen));
        _before = inputs.Before(context, sources).Fit(training);
        return new(Declared.Name, Options, _before.Transform(training), _before.Transform(unseen), lossScale, epochs);

        // Reading takes a while: every image is opened and cut.
        IDataView View(IReadOnlyList<TRow> rows)
        {
            var counted = Display.Count(rows, meter, rows.Count, $"{Declared.Name}: reading {task.RowsName}:", terminal.Cancellation);
            return inputs.WithRegions(context, sources, context.Data.LoadFromEnumerable(counted), featureSize);
        }
    }

    public override void Save(MLContext context, TaskTransformer model, string path)
    {
        using var chain = _before!.Append<ITransformer>(model);
        context.VisionLanguage().Save(chain, _inputs!.Schema(_sources!), path);
    }

    public override JointFigures Measure(string path, MultiTaskScore score)
    {
        var measured = task.MeasureFile(path, _training, _unseen, _featureFiles, terminal);
        return new(
            Declared.Name, task.Name, path, _training.Count, measured.Count, measured.Metric, measured.Accuracy, measured.Baseline,
            measured.BaselineAnswer, score.ValidationScore, score.Batches, score.IsPaused);
    }
}

/// <summary>What became of a task.</summary>
/// <param name="Task">Its name in the tasks file.</param>
/// <param name="Verb">What the command line calls it.</param>
/// <param name="Model">Its model's file.</param>
/// <param name="TrainingRows">The rows that it was trained on.</param>
/// <param name="UnseenRows">The rows that it was measured on.</param>
/// <param name="Metric">What <paramref name="Score"/> is.</param>
/// <param name="Score">How good the file is on unseen rows.</param>
/// <param name="Baseline">How good an answer that looks at nothing is.</param>
/// <param name="BaselineAnswer">That answer.</param>
/// <param name="ValidationScore">The last score by which training paused it or let it go on.</param>
/// <param name="Batches">Batches it was trained on.</param>
/// <param name="Paused">Whether it was paused at the end.</param>
internal sealed record JointFigures(
    string Task, string Verb, string Model, int TrainingRows, int UnseenRows, string Metric, double Score, double Baseline, string BaselineAnswer,
    double? ValidationScore, int Batches, bool Paused);
