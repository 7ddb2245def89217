using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Joint;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>Texts that mean places of an image. Results are a JSON object a line: id, box, and the ten best boxes with their scores.</summary>
internal abstract class Grounding<TRow> : LocatingTask<TRow>
    where TRow : GroundingExample, new()
{
    private const int Told = 10;

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(GroundingExample.Expression))];

    public override IReadOnlyList<ImageSource> Images { get; } = [new() { BoxesColumn = nameof(GroundingExample.ObjectBoxes) }];

    public override Option<string?> Text { get; } = Options.Optional<string?>("--text", "One text whose place is looked for.", "TEXT");

    public override string MetricsDescription =>
        "Write the accuracy (overlap above one half) as JSON, with the recall of the first 5 and 10 boxes and the mean overlap.";

    protected override string BoxesColumn => nameof(GroundingExample.Boxes);

    protected override string TextOf(TRow row) => row.Expression;

    protected override float[] RightBoxes(TRow row) => row.Boxes;

    protected override TRow Create(string text, float[] boxes) => new() { Expression = text, ObjectBoxes = boxes };

    public override HeldOutScore Measure(
        IReadOnlyList<TRow> training, IReadOnlyList<TRow> rows, IReadOnlyList<LocatedRegions> predictions) => new(
        rows.Zip(predictions, (row, regions) => IsRight(regions.Boxes[0], row.Boxes) ? 1.0 : 0).Average(),
        rows.Zip(predictions, (row, regions) => regions.Boxes.Average(box => IsRight(box, row.Boxes) ? 1.0 : 0)).Average(),
        HeldOutScore.Chance);

    public override void WriteResults(string path, IReadOnlyList<TRow> rows, IEnumerable<LocatedRegions> predictions) =>
        SubmissionFiles.WriteLines(path, rows.Zip(predictions, (row, regions) => JsonSerializer.Serialize(new
        {
            id = IdOf(row),
            box = regions.Boxes[0],
            boxes = regions.First(Told).Boxes,
            scores = regions.First(Told).Scores,
        })));

    protected override IEnumerable<(string Id, LocatedRegions Regions)> ReadResults(string path) => JsonLines.Rows(path, row =>
    {
        float[][] boxes = [.. row.List("boxes").EnumerateArray().Select((box, i) => row.AsNumbers($"boxes[{i}]", box, 4))];
        return (row.Text("id"), new LocatedRegions([.. boxes.Select((_, i) => i)], boxes, row.Numbers("scores", boxes.Length)));
    });

    protected override string Metrics(IReadOnlyList<TRow> rows, IReadOnlyList<LocatedRegions> predictions)
    {
        var context = new MLContext();
        var located = rows.Zip(predictions.Select(regions => regions.First(Told)), (row, regions) => new Located
        {
            QuestionId = IdOf(row),
            Boxes = row.Boxes,
            Score = regions.Scores,
            RegionBoxes = [.. regions.Boxes.SelectMany(box => box)],
        });
        var metrics = context.VisionLanguage().EvaluateGrounding(context.Data.LoadFromEnumerable(located));
        var told = new Dictionary<string, object> { ["accuracy"] = metrics.Accuracy };
        if (predictions.Any(regions => regions.Boxes.Length > 1))
            (told["recallAt5"], told["recallAt10"]) = (metrics.RecallAt(5), metrics.RecallAt(Told));
        (told["meanOverlap"], told["count"]) = (metrics.MeanOverlap, metrics.Count);
        return JsonSerializer.Serialize(told);
    }

    private sealed class Located
    {
        public string QuestionId { get; set; } = "";

        public float[] Boxes { get; set; } = [];

        public float[] Score { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];
    }
}

/// <summary><c>refcoco</c>: referring expressions, with the files of RefCOCO, RefCOCO+, RefCOCOg and RefCLEF.</summary>
internal sealed class ReferringExpressions : Grounding<ReferringExample>
{
    private const string Submission = "predictions";

    public override string Name => "refcoco";

    public override IReadOnlyList<Declaration> Declarations { get; } =
        [.. new[] { "refcoco", "refcoco+", "refcocog" }.Select(name => new Declaration(name, "V-logit", Declaration.BinaryLoss, "normal"))];

    public override IReadOnlyList<DeclaredFile> Files { get; } =
    [
        new(DeclaredFile.Annotations, "--refs", "{name}/refs(unc).p", "{name}/refs(umd).p"),
        new("instances", "--instances", "{name}/instances.json"),
    ];

    public override string SplitOption => "--split";

    public override string Purpose => "tells which object of an image an expression means";

    public override string RowsName => "expressions";

    public override DataOptions<IReadOnlyList<ReferringExample>> CreateData(Command command, bool annotated)
    {
        var refs = Options.Optional<string?>("--refs", "The references, a pickle such as refs(unc).p.", "FILE");
        var instances = Options.Optional<string?>("--instances", "The instances of the same data set, instances.json.", "FILE");
        var split = Options.Optional<string?>("--split", "The part to take, such as train, val or testA; without, all.", "NAME");
        return new FileDataOptions<ReferringExample>(command, refs, [instances, split], parsed => (path, images, options) => RefCocoDataset.Load(
            path, parsed.GetValue(instances) ?? throw new UsageException("--refs needs --instances."), parsed.GetValue(split), images, options));
    }

    protected override string IdOf(ReferringExample row) => row.SentenceId;

    /// <summary>Results that end with .json are in the toolbox's own form.</summary>
    public override void WriteResults(string path, IReadOnlyList<ReferringExample> rows, IEnumerable<LocatedRegions> predictions)
    {
        if (!IsSubmission(path)) base.WriteResults(path, rows, predictions);
        else SubmissionFiles.WriteRefCoco(path, rows.Zip(predictions, (row, regions) => (IdOf(row), (IReadOnlyList<float>)regions.Boxes[0])));
    }

    protected override IEnumerable<(string Id, LocatedRegions Regions)> ReadResults(string path) => IsSubmission(path)
        ? JsonRowReader.Rows(path, Submission, "prediction", row => (row.Identifier("sent_id").Text, new LocatedRegions([0], [row.Box("box")], [1])))
        : base.ReadResults(path);

    private static bool IsSubmission(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
}

/// <summary><c>flickr30k-entities</c>: which place of an image a phrase of its caption means, with the files of Flickr30k Entities.</summary>
internal sealed class PhraseGrounding : Grounding<PhraseExample>
{
    public override string Name => "flickr30k-entities";

    public override IReadOnlyList<Declaration> Declarations { get; } = [new("FlickrGrounding", "V-logit", Declaration.BinaryLoss, "normal")];

    public override IReadOnlyList<DeclaredFile> Files { get; } =
        [new(DeclaredFile.Annotations, "--data", "."), new("images", "--image-list", "{split}.txt")];

    public override string Purpose => "tells which place of an image a phrase means";

    public override string RowsName => "phrases";

    public override int? UsualTaskNumber => 18;

    public override DataOptions<IReadOnlyList<PhraseExample>> CreateData(Command command, bool annotated)
    {
        var folder = Options.Optional<string?>("--data", "The data set's folder, with Sentences and Annotations in it.", "FOLDER");
        var list = Options.Optional<string?>("--image-list", "The images to take, such as train.txt; without, all.", "FILE");
        return new FileDataOptions<PhraseExample>(command, folder, [list], parsed => (path, images, options) =>
        {
            options.ImageListPath = parsed.GetValue(list);
            return Flickr30kEntitiesDataset.Load(path, images, onlyWithBoxes: true, options);
        });
    }

    public override TrainerOptions CreateTrainerOptions(
        ParseResult parsed, IReadOnlyList<PhraseExample> data, IReadOnlyList<PhraseExample> training)
    {
        var options = base.CreateTrainerOptions(parsed, data, training);
        options.LearningRate = 2e-6;
        return options;
    }

    /// <summary>A caption may have a phrase of the same words twice, and two captions the same phrase.</summary>
    protected override string IdOf(PhraseExample row) => $"{row.SentenceId}@{row.FirstWord}";
}
