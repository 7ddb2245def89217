using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Commands;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Joint;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>
/// What a task tells the verbs, which do the rest: read the command line, look at images or region features, train with checkpoints,
/// save, load, score in batches, show progress. A task is one such class and its line in <see cref="ToolTasks"/>.
/// </summary>
/// <typeparam name="TData">Its data set.</typeparam>
/// <typeparam name="TRow">A row of it, with the columns of <see cref="ToolTask.Texts"/> and <see cref="ToolTask.Images"/>.</typeparam>
/// <typeparam name="TPrediction">What its models say about a row.</typeparam>
internal abstract class ToolTask<TData, TRow, TPrediction> : ToolTask
    where TRow : class, new()
{
    /// <summary>What rows are called: "questions".</summary>
    public abstract string RowsName { get; }

    /// <summary>What predictions about them are called: "answers".</summary>
    public abstract string ResultsName { get; }

    /// <summary>What evaluate does, for its help.</summary>
    public abstract string MetricsDescription { get; }

    /// <summary>The text of a single row that score is asked about.</summary>
    public abstract Option<string?> Text { get; }

    /// <summary>Options that only this task's train has.</summary>
    public virtual IEnumerable<Option> TrainOptions => [];

    /// <summary>Options that only this task's score has, for a single row.</summary>
    public virtual IEnumerable<Option> ScoreOptions => [];

    /// <summary>Options that only this task's evaluate has.</summary>
    public virtual IEnumerable<Option> EvaluateOptions => [];

    /// <summary>Options that only this task's convert has.</summary>
    public virtual IEnumerable<Option> ConvertOptions => [];

    /// <summary>The columns that <see cref="Reader"/> reads.</summary>
    public abstract IReadOnlyList<string> PredictionColumns { get; }

    /// <summary>Adds the options that name a data set to a command.</summary>
    public abstract DataOptions<TData> CreateData(Command command, bool annotated);

    public abstract IReadOnlyList<TRow> Rows(TData data);

    /// <summary>The rows that a model is measured on, made of those of a data set.</summary>
    public virtual IReadOnlyList<TRow> RowsToMeasure(IReadOnlyList<TRow> rows) => rows;

    /// <summary>Texts beside those of the rows whose words a vocabulary is to have.</summary>
    public virtual IEnumerable<string> FurtherTexts(ParseResult parsed) => [];

    /// <summary>What the verbs need to know of a row.</summary>
    public abstract RowFacts Facts(TRow row);

    /// <summary>What a model reads of these rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="trainer">What it is trained with; null for a model that is there.</param>
    public virtual RowSources SourcesOf(IReadOnlyList<TRow> rows, TrainerOptions? trainer) => Sources;

    /// <summary>What the model of a checkpoint reads.</summary>
    public virtual RowSources ConvertedSources(ParseResult parsed) => Sources;

    /// <summary>A single row.</summary>
    public abstract TRow CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images);

    /// <summary>Looks at <see cref="TrainOptions"/> before anything is opened.</summary>
    /// <exception cref="UsageException">Options exclude each other or have impossible values.</exception>
    public virtual void CheckTrain(ParseResult parsed)
    {
    }

    /// <summary>The same of <see cref="EvaluateOptions"/>.</summary>
    /// <exception cref="UsageException">Options need each other or have impossible values.</exception>
    public virtual void CheckEvaluate(ParseResult parsed)
    {
    }

    /// <summary>The trainer's options with the reference's defaults and what the data decides.</summary>
    public abstract TrainerOptions CreateTrainerOptions(ParseResult parsed, TData data, IReadOnlyList<TRow> training);

    /// <summary>Completes the trainer's options by what needs the vocabulary or the model.</summary>
    /// <exception cref="UsageException">Options do not fit each other.</exception>
    public virtual void Complete(ParseResult parsed, TrainerOptions options, InputSteps inputs, Terminal terminal)
    {
    }

    /// <summary>What the training run learns, in a word or two: "12 answers".</summary>
    public abstract string Summary(TrainerOptions options);

    public abstract IEstimator<ITransformer> CreateTrainer(MLContext context, TrainerOptions options);

    /// <summary>How good predictions about held-out rows are.</summary>
    public abstract HeldOutScore Measure(IReadOnlyList<TRow> training, IReadOnlyList<TRow> rows, IReadOnlyList<TPrediction> predictions);

    /// <summary>How many of the most probable a file of results tells of a row.</summary>
    public virtual int ResultsTop => 1;

    /// <summary>A model's predictions about rows, in their order; row by row, where a task does not say otherwise.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="featureFiles">Where a model that is given regions finds them.</param>
    /// <param name="top">How many of the most probable to tell.</param>
    /// <param name="meter">Shows what is done before the first prediction.</param>
    /// <param name="cancellation">Ends that.</param>
    public virtual IEnumerable<TPrediction> Predict(
        ModelFile model, IReadOnlyList<TRow> rows, IReadOnlyList<string> featureFiles, int top, IMeter? meter, CancellationToken cancellation) =>
        model.Predict(this, rows, featureFiles, top);

    /// <summary>Measures a saved file on rows that it was not trained on, not the model in memory: what counts is what the user takes away.</summary>
    public HeldOutScore MeasureFile(
        string path, IReadOnlyList<TRow> training, IReadOnlyList<TRow> heldOut, IReadOnlyList<string> featureFiles, Terminal terminal)
    {
        using var model = ModelFile.Load(path, this, terminal);
        var rows = RowsToMeasure(heldOut);
        var predictions = Display.Run(terminal, "measuring", meter => Display.Count(
            Predict(model, rows, featureFiles, top: 1, meter, terminal.Cancellation), meter, rows.Count, "measured", terminal.Cancellation).ToList());
        return Measure(training, rows, predictions) with { Count = predictions.Count };
    }

    /// <summary>Reads predictions from scored rows.</summary>
    /// <param name="row">A cursor on <see cref="PredictionColumns"/>.</param>
    /// <param name="top">How many of the most probable to tell.</param>
    public abstract Func<TPrediction> Reader(DataViewRow row, int top);

    /// <summary>Writes the prediction about a single row for people or as one JSON object.</summary>
    public abstract void Write(TextWriter output, bool json, TRow row, TPrediction prediction);

    /// <summary>Writes a file of results.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">The rows predicted about.</param>
    /// <param name="predictions">The predictions about them, or about some of them.</param>
    public abstract void WriteResults(string path, IReadOnlyList<TRow> rows, IEnumerable<TPrediction> predictions);

    /// <summary>Measures a file of results; the metrics as JSON.</summary>
    public abstract string EvaluateResults(ParseResult parsed, DataOptions<TData> options, Terminal terminal, string results);

    /// <summary>Measures a model's predictions about a data set; the metrics as JSON.</summary>
    public abstract string Evaluate(ParseResult parsed, TData data, IReadOnlyList<TPrediction> predictions, string model);

    /// <summary>The same for a task whose metrics need further models, which see the same files.</summary>
    public virtual string Evaluate(
        ParseResult parsed, Terminal terminal, IReadOnlyList<string> featureFiles, TData data, IReadOnlyList<TPrediction> predictions, string model) =>
        Evaluate(parsed, data, predictions, model);

    /// <summary>Reads the command line, then makes the model of a checkpoint when asked to; the summary is as "12 answers".</summary>
    public abstract (Func<(ITransformer Transformer, ParameterMatch Match)> Load, string Summary) LoadCheckpoint(
        ParseResult parsed, MLContext context, string path, string? stateDictionary, VisionLanguageModel model, TextVocabulary vocabulary);

    public override JoinedTask Join(DeclaredTask declared, Terminal terminal) =>
        new JoinedTask<TData, TRow, TPrediction>(this, declared, terminal).Open();

    /// <summary>What <see cref="LoadCheckpoint"/> gives of a call that makes the model.</summary>
    protected (Func<(ITransformer Transformer, ParameterMatch Match)> Load, string Summary) Loading<TTransformer>(
        Func<LoadedCheckpoint<TTransformer>> load, string? summary = null)
        where TTransformer : ITransformer
    {
        return (Load, summary ?? Name);

        (ITransformer Transformer, ParameterMatch Match) Load()
        {
            var (transformer, match) = load();
            return (transformer, match);
        }
    }

    public override Command Train(string name, Terminal terminal, Option<bool> verbose) =>
        new TrainCommand<TData, TRow, TPrediction>(this, terminal, verbose).Create(name);

    public override Command Score(string name, Terminal terminal) =>
        new ScoreCommand<TData, TRow, TPrediction>(this, terminal).Create(name);

    public override Command Evaluate(string name, Terminal terminal) =>
        new EvaluateCommand<TData, TRow, TPrediction>(this, terminal).Create(name);

    public override Command Convert(string name, Terminal terminal) =>
        new ConvertCommand<TData, TRow, TPrediction>(this, terminal).Create(name);
}

/// <summary>How good a model is on rows it was not trained on, beside always giving the most frequent answer.</summary>
internal sealed record HeldOutScore(double Accuracy, double Baseline, string BaselineAnswer)
{
    /// <summary>Stands for an answer that is drawn from those of the row.</summary>
    public const string Chance = "chance";

    /// <summary>What is measured.</summary>
    public string Metric { get; init; } = "accuracy";

    /// <summary>How many rows were measured.</summary>
    public int Count { get; init; }

    /// <summary>What the baseline is, in words.</summary>
    public string BaselineName => BaselineAnswer == Chance ? Chance : $"always '{BaselineAnswer}'";
}
