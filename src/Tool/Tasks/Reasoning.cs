using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Joint;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>Whether a statement about images is true.</summary>
internal abstract class Reasoning<TRow> : NamedToolTask<TRow, VisualReasoningTransformer>
    where TRow : class, new()
{
    public override string RowsName => "statements";

    public override Option<string?> Text { get; } = Options.Optional<string?>("--statement", "One statement to judge.", "TEXT");

    protected override int NameCount => 2;

    public override TrainerOptions CreateTrainerOptions(ParseResult parsed, IReadOnlyList<TRow> data, IReadOnlyList<TRow> training) =>
        new VisualReasoningOptions { Images = Endings };

    public override IEstimator<ITransformer> CreateTrainer(MLContext context, TrainerOptions options) =>
        context.VisionLanguage().Trainers.VisualReasoning((VisualReasoningOptions)options);

    /// <summary>NLVR and NLVR2 have models of one transformer.</summary>
    public override bool Owns(ITransformer part) => part is VisualReasoningTransformer own && own.Images.SequenceEqual(Endings);

    protected override IReadOnlyList<string> NamesOf(VisualReasoningTransformer transformer) => [bool.FalseString, bool.TrueString];

    public override (Func<(ITransformer Transformer, ParameterMatch Match)> Load, string Summary) LoadCheckpoint(
        ParseResult parsed, MLContext context, string path, string? stateDictionary, VisionLanguageModel model, TextVocabulary vocabulary) =>
        Loading(() => context.VisionLanguage().LoadVisualReasoning(
            path, model, Endings, stateDictionary, taskNumber: TaskNumberOf(parsed), quantize: parsed.GetValue(Int8)));

    /// <summary>What statements with the same words have in common.</summary>
    protected abstract string SentenceOf(TRow row);

    /// <summary>Results that end with .csv are in the benchmark's own format.</summary>
    public override void WriteResults(string path, IReadOnlyList<TRow> rows, IEnumerable<AnsweredQuestion> predictions)
    {
        if (!path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)) base.WriteResults(path, rows, predictions);
        else SubmissionFiles.WriteNlvr2(path, rows.Zip(predictions, (row, prediction) => (IdOf(row), prediction.Best == bool.TrueString)));
    }

    protected override IEnumerable<(string Id, string Prediction)> ReadResults(string path)
    {
        if (!path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)) return base.ReadResults(path);
        return TextFile.ReadLines(path).Index().Where(line => line.Item.Length > 0).Select(line => line.Item.Split(',') is [var id, var judgement]
            ? (id, bool.TryParse(judgement, out var isTrue)
                ? $"{isTrue}"
                : throw new InvalidDataException($"{path}:{line.Index + 1}: True or False is expected, found '{judgement}'."))
            : throw new InvalidDataException($"{path}:{line.Index + 1}: an identifier, a comma and True or False are expected, found '{line.Item}'."));
    }

    protected override IEnumerable<KeyValuePair<string, object>> FurtherMetrics(IReadOnlyList<TRow> rows, IReadOnlyList<string> predictions)
    {
        var context = new MLContext();
        var judged = rows.Zip(predictions, (row, prediction) => new Judged
        {
            Label = LabelOf(row),
            PredictedLabel = prediction,
            SentenceId = SentenceOf(row),
        });
        var metrics = context.VisionLanguage().EvaluateVisualReasoning(context.Data.LoadFromEnumerable(judged));
        yield return new("consistency", metrics.Consistency);
        yield return new("sentences", metrics.Sentences);
    }

    private sealed class Judged
    {
        public string Label { get; set; } = "";

        public string PredictedLabel { get; set; } = "";

        public string SentenceId { get; set; } = "";
    }

    private string[] Endings => [.. Images.Select(image => image.Ending)];
}

/// <summary><c>nlvr2</c>: statements about two photographs, with NLVR2's files.</summary>
internal sealed class PairReasoning : Reasoning<Nlvr2Example>
{
    public override string Name => "nlvr2";

    public override string Purpose => "tells whether a statement about two images is true";

    public override IReadOnlyList<Declaration> Declarations { get; } = [new("NLVR2", "VL-binary-classifier", Declaration.BinaryLoss, "nlvr")];

    public override IReadOnlyList<DeclaredFile> Files { get; } = [new(DeclaredFile.Annotations, "--data", "{split}.json")];

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(Nlvr2Example.Sentence))];

    public override IReadOnlyList<ImageSource> Images { get; } =
    [
        new(nameof(Nlvr2Example.LeftImagePath), nameof(Nlvr2Example.LeftImageId), "Left"),
        new(nameof(Nlvr2Example.RightImagePath), nameof(Nlvr2Example.RightImageId), "Right"),
    ];

    protected override string Format => "NLVR2's JSON lines, such as train.json (or .json.gz)";

    protected override string IdColumn => nameof(Nlvr2Example.ExampleId);

    public override RowFacts Facts(Nlvr2Example row) => new(
        $"statement {row.ExampleId}", [new(row.Sentence)],
        [new(row.LeftImagePath, row.LeftImageId), new(row.RightImagePath, row.RightImageId)]);

    public override Nlvr2Example CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images) => new()
    {
        Sentence = text,
        LeftImagePath = images[0].Path,
        LeftImageId = images[0].Id,
        RightImagePath = images[1].Path,
        RightImageId = images[1].Id,
    };

    protected override string IdOf(Nlvr2Example row) => row.ExampleId;

    protected override string LabelOf(Nlvr2Example row) => row.Label;

    protected override string SentenceOf(Nlvr2Example row) => row.SentenceId;

    protected override DatasetRows<Nlvr2Example> Load(string path, string? images, DatasetOptions options) =>
        Nlvr2Dataset.Load(path, images, options);

    protected override OpenDataset<Nlvr2Example> LoadLxmert => LxmertDataset.LoadNlvr2;
}

/// <summary><c>nlvr</c>: statements about one drawing, with NLVR's files.</summary>
internal sealed class DrawingReasoning : Reasoning<NlvrExample>
{
    public override string Name => "nlvr";

    public override string Purpose => "tells whether a statement about an image is true";

    /// <summary>The reference has no such task; the name is this tool's.</summary>
    public override IReadOnlyList<Declaration> Declarations { get; } = [new("NLVR", "VL-binary-classifier", Declaration.BinaryLoss, "normal")];

    public override IReadOnlyList<DeclaredFile> Files { get; } = [new(DeclaredFile.Annotations, "--data", "{split}/{split}.json", "{split}.json")];

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(NlvrExample.Sentence))];

    protected override string Format => "NLVR's JSON lines, such as train.json (or .json.gz); the images of a statement beside the first are left out";

    protected override string IdColumn => nameof(NlvrExample.ExampleId);

    public override RowFacts Facts(NlvrExample row) => new($"statement {row.ExampleId}", row.Sentence, row.ImagePath, row.ImageId);

    public override NlvrExample CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images) =>
        new() { Sentence = text, ImagePath = images[0].Path, ImageId = images[0].Id };

    protected override string IdOf(NlvrExample row) => row.ExampleId;

    protected override string LabelOf(NlvrExample row) => row.Label;

    protected override string SentenceOf(NlvrExample row) => row.SentenceId;

    protected override DatasetRows<NlvrExample> Load(string path, string? images, DatasetOptions options) =>
        NlvrDataset.Load(path, images, permutations: 1, options);
}
