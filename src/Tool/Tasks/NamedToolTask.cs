using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Tool.Data;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>A task that chooses one of a list of names, on a data set of one file. Results are a JSON object a line: id, prediction, scores.</summary>
internal abstract class NamedToolTask<TRow, TTransformer> : ToolTask<IReadOnlyList<TRow>, TRow, AnsweredQuestion>
    where TRow : class, new()
    where TTransformer : TaskTransformer
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    /// <summary>What the data set's file is, for the help.</summary>
    protected abstract string Format { get; }

    /// <summary>The column that tells rows apart.</summary>
    protected abstract string IdColumn { get; }

    /// <summary>How many names there are.</summary>
    protected abstract int NameCount { get; }

    /// <summary>What a name is called: "label".</summary>
    protected virtual string NameTitle => "label";

    public override int ResultsTop => int.MaxValue;

    public override string ResultsName => "predictions";

    /// <summary>Whether the metrics tell how often each name was predicted for each right one.</summary>
    protected virtual bool TellsConfusion => true;

    public override string MetricsDescription => TellsConfusion
        ? $"Write the accuracy as JSON, with how often each {NameTitle} was predicted for each right one."
        : "Write the accuracy as JSON.";

    public override IReadOnlyList<string> PredictionColumns => [IdColumn, AnsweredQuestion.ScoreColumn];

    protected abstract string IdOf(TRow row);

    /// <summary>The right name of a row; empty where there is none.</summary>
    protected abstract string LabelOf(TRow row);

    protected abstract DatasetRows<TRow> Load(string path, string? images, DatasetOptions options);

    /// <summary>The same, as <see cref="FurtherData"/> say.</summary>
    protected virtual DatasetRows<TRow> Load(ParseResult parsed, string path, string? images, DatasetOptions options) => Load(path, images, options);

    /// <summary>The names in their order.</summary>
    protected abstract IReadOnlyList<string> NamesOf(TTransformer transformer);

    /// <summary>What the task's metrics tell besides accuracy.</summary>
    protected virtual IEnumerable<KeyValuePair<string, object>> FurtherMetrics(IReadOnlyList<TRow> rows, IReadOnlyList<string> predictions) => [];

    /// <summary>Opens the data set in LXMERT's own JSON; null where there is no such form of it.</summary>
    protected virtual OpenDataset<TRow>? LoadLxmert => null;

    /// <summary>What else names a part of the data set.</summary>
    protected virtual IReadOnlyList<Option> FurtherData => [];

    public override DataOptions<IReadOnlyList<TRow>> CreateData(Command command, bool annotated) => new FileDataOptions<TRow>(
        command, FileDataOptions<TRow>.File(Format), FurtherData, parsed => (path, images, options) => Load(parsed, path, images, options),
        LoadLxmert is { } open ? new(open, Facts, RowsName) : null);

    public override IReadOnlyList<TRow> Rows(IReadOnlyList<TRow> data) => data;

    public override string Summary(TrainerOptions options) => $"{NameCount} {NameTitle}s";

    public override HeldOutScore Measure(
        IReadOnlyList<TRow> training, IReadOnlyList<TRow> rows, IReadOnlyList<AnsweredQuestion> predictions)
    {
        var frequent = training.CountBy(LabelOf).MaxBy(pair => pair.Value).Key;
        return new(
            rows.Zip(predictions, (row, prediction) => LabelOf(row) == prediction.Best ? 1.0 : 0).Average(),
            rows.Average(row => LabelOf(row) == frequent ? 1.0 : 0),
            frequent);
    }

    public override Func<AnsweredQuestion> Reader(DataViewRow row, int top) => AnsweredQuestion.Reader(row, IdColumn, top);

    public override void Write(TextWriter output, bool json, TRow row, AnsweredQuestion prediction)
    {
        if (json) output.WriteLine(Line(row, prediction));
        else prediction.Write(output);
    }

    public override void WriteResults(string path, IReadOnlyList<TRow> rows, IEnumerable<AnsweredQuestion> predictions) =>
        SubmissionFiles.WriteLines(path, rows.Zip(predictions, Line));

    public override string EvaluateResults(ParseResult parsed, DataOptions<IReadOnlyList<TRow>> options, Terminal terminal, string results)
    {
        var found = ReadResults(results).ToList();
        return Metrics(options.Open(parsed, terminal, checkImages: false), found, results);
    }

    /// <summary>Reads what <see cref="WriteResults"/> wrote.</summary>
    protected virtual IEnumerable<(string Id, string Prediction)> ReadResults(string path) =>
        JsonLines.Rows(path, row => (row.Text("id"), row.Text("prediction")));

    public override string Evaluate(ParseResult parsed, IReadOnlyList<TRow> data, IReadOnlyList<AnsweredQuestion> predictions, string model) =>
        Metrics(data, [.. data.Zip(predictions, (row, prediction) => (IdOf(row), prediction.Best))], model);

    public override bool Owns(ITransformer part) => part is TTransformer;

    public override ModelFacts Describe(ITransformer part)
    {
        var transformer = (TTransformer)part;
        return new(transformer.Model, transformer.BatchSize, NameTitle, NamesOf(transformer));
    }

    private string Line(TRow row, AnsweredQuestion prediction) => JsonSerializer.Serialize(
        new { id = IdOf(row), prediction = prediction.Best, scores = prediction.Answers.ToDictionary(answer => answer.Answer, answer => answer.Probability) },
        Readable);

    private string Metrics(IReadOnlyList<TRow> rows, IReadOnlyList<(string Id, string Prediction)> predictions, string source)
    {
        var predicted = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (id, prediction) in predictions)
            if (!predicted.TryAdd(id, prediction)) throw new InvalidDataException($"{source}: '{id}' is predicted twice.");
        var pairs = new List<(string Label, string Prediction)>();
        foreach (var row in rows)
        {
            if (LabelOf(row).Length == 0) throw new InvalidDataException($"{Facts(row).Name} has no {NameTitle} to measure by.");
            pairs.Add((LabelOf(row), predicted.TryGetValue(IdOf(row), out var prediction)
                ? prediction
                : throw new InvalidDataException($"{source}: {Facts(row).Name} is not predicted.")));
        }

        if (predicted.Count > rows.Count) throw new InvalidDataException($"{source}: {predicted.Count} predictions for {rows.Count} {RowsName}.");
        var confusion = pairs.GroupBy(pair => pair.Label, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(
            group => group.Key, group => group.CountBy(pair => pair.Prediction).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary());
        var metrics = new Dictionary<string, object>
        {
            ["accuracy"] = pairs.Average(pair => pair.Label == pair.Prediction ? 1.0 : 0),
            ["count"] = pairs.Count,
        };
        if (TellsConfusion) metrics["confusion"] = confusion;
        foreach (var (name, value) in FurtherMetrics(rows, [.. pairs.Select(pair => pair.Prediction)])) metrics.Add(name, value);
        return JsonSerializer.Serialize(metrics, Readable);
    }
}
