using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Joint;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>
/// Which of a question's boxes answers it; the boxes are the model's regions. Results are a JSON object a line: id, prediction (the box's
/// number from 0), scores of all; in a file that ends with .json they are as the reference writes them.
/// </summary>
internal abstract class Pointing : LocatingTask<PointingExample>
{
    public override string RowsName => "questions";

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(PointingExample.Question))];

    public override IReadOnlyList<ImageSource> Images { get; } =
        [new() { BoxesColumn = nameof(PointingExample.ChoiceBoxes), ChoosesBoxes = true }];

    public override Option<string?> Text { get; } = Options.Optional<string?>("--question", "One question to choose a box for.", "TEXT");

    public override string MetricsDescription => "Write the share of questions whose right box is chosen, as JSON.";

    protected override string BoxesColumn => nameof(PointingExample.Boxes);

    /// <summary>What the data set's file is, for the help.</summary>
    protected abstract string Format { get; }

    /// <summary>The parts of the data set; null where each has a file of its own.</summary>
    protected virtual string? Splits => null;

    protected abstract DatasetRows<PointingExample> Load(string path, string? split, string? images, DatasetOptions options);

    public override DataOptions<IReadOnlyList<PointingExample>> CreateData(Command command, bool annotated)
    {
        var split = Options.Optional<string?>("--split", $"The part to take: {Splits}; without, all.", "NAME");
        return new FileDataOptions<PointingExample>(
            command, FileDataOptions<PointingExample>.File(Format), Splits is null ? [] : [split],
            parsed => (path, images, options) => Load(path, Splits is null ? null : parsed.GetValue(split), images, options));
    }

    protected override string IdOf(PointingExample row) => row.QuestionId;

    protected override string TextOf(PointingExample row) => row.Question;

    protected override float[] RightBoxes(PointingExample row) => row.Boxes;

    protected override PointingExample Create(string text, float[] boxes) => new() { Question = text, ChoiceBoxes = boxes };

    public override HeldOutScore Measure(
        IReadOnlyList<PointingExample> training, IReadOnlyList<PointingExample> rows, IReadOnlyList<LocatedRegions> predictions) =>
        new(Accuracy(rows, predictions), rows.Average(row => 4.0 / row.ChoiceBoxes.Length), HeldOutScore.Chance);

    public override void WriteResults(string path, IReadOnlyList<PointingExample> rows, IEnumerable<LocatedRegions> predictions)
    {
        var pairs = rows.Zip(predictions);
        if (IsReferences(path))
            SubmissionFiles.WriteChoices(path, pairs.Select(pair => (IdOf(pair.First), (IReadOnlyList<float>)pair.Second.ScoresInPlace())));
        else
            SubmissionFiles.WriteLines(path, pairs.Select(pair => JsonSerializer.Serialize(
                new { id = IdOf(pair.First), prediction = pair.Second.Places[0], scores = pair.Second.ScoresInPlace() })));
    }

    protected override IEnumerable<(string Id, LocatedRegions Regions)> ReadResults(string path) => IsReferences(path)
        ? JsonRowReader.Rows(path, "answers", "question", row => Read(row, "question_id", "answer"))
        : JsonLines.Rows(path, row => Read(row, "id", "scores"));

    protected override string Metrics(IReadOnlyList<PointingExample> rows, IReadOnlyList<LocatedRegions> predictions) =>
        JsonSerializer.Serialize(new { accuracy = Accuracy(rows, predictions), count = rows.Count });

    private static (string Id, LocatedRegions Regions) Read(JsonRow row, string id, string scores)
    {
        var values = row.Numbers(scores, row.List(scores).GetArrayLength());
        int[] order = [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i])];
        return (row.Text(id), new(order, [], [.. order.Select(i => values[i])]));
    }

    private static bool IsReferences(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    private static double Accuracy(IReadOnlyList<PointingExample> rows, IReadOnlyList<LocatedRegions> predictions) => rows.Zip(
        predictions, (row, regions) => regions.Places[0].ToString(CultureInfo.InvariantCulture) == row.Label ? 1.0 : 0).Average();
}

/// <summary><c>visual7w</c>: the pointing questions of Visual7W.</summary>
internal sealed class Visual7W : Pointing
{
    public override string Name => "visual7w";

    public override IReadOnlyList<Declaration> Declarations { get; } = [new("Visual7w", "V-logit-mc", Declaration.BinaryLoss, "normal")];

    public override IReadOnlyList<DeclaredFile> Files { get; } = [new(DeclaredFile.Annotations, "--data", "dataset_v7w_pointing.json")];

    public override string SplitOption => "--split";

    public override string Purpose => "tells which of some boxes of an image answers a question";

    public override int? UsualTaskNumber => 4;

    protected override string Format => "dataset_v7w_pointing.json (or .json.gz)";

    protected override string? Splits => "train, val or test";

    protected override DatasetRows<PointingExample> Load(string path, string? split, string? images, DatasetOptions options) =>
        Visual7WDataset.LoadPointing(path, split, images, options);
}

/// <summary><c>guesswhat-pointing</c>: which object a game of GuessWhat is about, by its whole dialogue.</summary>
internal sealed class GuessWhatGames : Pointing
{
    public override string Name => "guesswhat-pointing";

    public override IReadOnlyList<Declaration> Declarations { get; } = [new("GuessWhatPointing", "V-logit-mc", Declaration.BinaryLoss, "normal")];

    public override IReadOnlyList<DeclaredFile> Files { get; } = [new(DeclaredFile.Annotations, "--data", "guesswhat.{split}.jsonl.gz")];

    public override string Purpose => "tells which object of an image a dialogue is about";

    public override string RowsName => "games";

    public override int? UsualTaskNumber => 17;

    protected override string Format => "GuessWhat's JSON lines, such as guesswhat.train.jsonl.gz; games that did not end well are left out";

    protected override DatasetRows<PointingExample> Load(string path, string? split, string? images, DatasetOptions options) =>
        GuessWhatDataset.LoadGames(path, images, options);
}
