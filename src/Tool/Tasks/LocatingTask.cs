using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Data;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>
/// Which region of an image a text means. A model that looks at image files takes the data set's own boxes of an image for its regions; one
/// that is given region features takes the detector's.
/// </summary>
internal abstract class LocatingTask<TRow> : ToolTask<IReadOnlyList<TRow>, TRow, LocatedRegions>
    where TRow : ImageExample, new()
{
    private readonly Option<float[]> _boxes = Options.Boxes("The boxes to choose from, four numbers each: pixels x1 y1 x2 y2.");

    /// <summary>One that takes an image whole does not tell its regions apart.</summary>
    public override bool Suits(VisionLanguageModel model) => model.ImageSide == 0;

    public override string ResultsName => "boxes";

    public override IEnumerable<Option> ScoreOptions => [_boxes];

    public override IReadOnlyList<string> PredictionColumns => LocatedRegions.Columns;

    /// <summary>The column of the boxes that are right.</summary>
    protected abstract string BoxesColumn { get; }

    protected abstract string IdOf(TRow row);

    protected abstract string TextOf(TRow row);

    /// <summary>The boxes that are right, four numbers each.</summary>
    protected abstract float[] RightBoxes(TRow row);

    /// <summary>A row with boxes to choose from.</summary>
    protected abstract TRow Create(string text, float[] boxes);

    public override IReadOnlyList<TRow> Rows(IReadOnlyList<TRow> data) => data;

    public override RowFacts Facts(TRow row) => new($"{RowsName[..^1]} {IdOf(row)}", TextOf(row), row.ImagePath, row.ImageId);

    public override TRow CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images)
    {
        var boxes = Options.BoxesOf(parsed, _boxes);
        if (boxes.Length == 0 && (images[0].Path.Length > 0 || Images[0].ChoosesBoxes))
            throw new UsageException("--boxes is needed: the boxes of the image to choose from.");
        var row = Create(text, boxes);
        (row.ImagePath, row.ImageId) = (images[0].Path, images[0].Id);
        return row;
    }

    public override TrainerOptions CreateTrainerOptions(ParseResult parsed, IReadOnlyList<TRow> data, IReadOnlyList<TRow> training) =>
        new ReferringExpressionsOptions { BoxesColumnName = BoxesColumn };

    public override string Summary(TrainerOptions options) => "regions to choose from";

    public override IEstimator<ITransformer> CreateTrainer(MLContext context, TrainerOptions options) =>
        context.VisionLanguage().Trainers.ReferringExpressions((ReferringExpressionsOptions)options);

    public override Func<LocatedRegions> Reader(DataViewRow row, int top) => LocatedRegions.Reader(row, top);

    public override void Write(TextWriter output, bool json, TRow row, LocatedRegions prediction) =>
        prediction.Write(output, json, TextOf(row), Facts(row).Images[0].Name);

    public override bool Owns(ITransformer part) => part is ReferringExpressionsTransformer;

    public override ModelFacts Describe(ITransformer part)
    {
        var transformer = (ReferringExpressionsTransformer)part;
        return new(transformer.Model, transformer.BatchSize, null, []);
    }

    public override (Func<(ITransformer Transformer, ParameterMatch Match)> Load, string Summary) LoadCheckpoint(
        ParseResult parsed, MLContext context, string path, string? stateDictionary, VisionLanguageModel model, TextVocabulary vocabulary) =>
        Loading(() => context.VisionLanguage().LoadReferringExpressions(
            path, model, stateDictionary, taskNumber: TaskNumberOf(parsed), quantize: parsed.GetValue(Int8)));

    public override string EvaluateResults(ParseResult parsed, DataOptions<IReadOnlyList<TRow>> options, Terminal terminal, string results)
    {
        var found = new Dictionary<string, LocatedRegions>(StringComparer.Ordinal);
        foreach (var (id, regions) in ReadResults(results))
            if (!found.TryAdd(id, regions)) throw new InvalidDataException($"{results}: '{id}' is predicted twice.");
        var rows = options.Open(parsed, terminal, checkImages: false);
        var predictions = rows.Select(row => found.Remove(IdOf(row), out var regions)
            ? regions
            : throw new InvalidDataException($"{results}: {Facts(row).Name} is not predicted.")).ToList();
        if (found.Count > 0) throw new InvalidDataException($"{results}: '{found.Keys.First()}' is none of the {RowsName}.");
        return Metrics(rows, predictions);
    }

    public override string Evaluate(ParseResult parsed, IReadOnlyList<TRow> data, IReadOnlyList<LocatedRegions> predictions, string model) =>
        Metrics(data, predictions);

    /// <summary>Reads a file of results.</summary>
    protected abstract IEnumerable<(string Id, LocatedRegions Regions)> ReadResults(string path);

    /// <summary>The metrics as JSON.</summary>
    protected abstract string Metrics(IReadOnlyList<TRow> rows, IReadOnlyList<LocatedRegions> predictions);

    /// <summary>How many of the regions are right: above one half of one of the right boxes, as the metrics count it.</summary>
    protected static bool IsRight(float[] box, float[] right) => right.Chunk(4).Any(meant => BoxOverlap.Of(box, meant) > 0.5f);
}
