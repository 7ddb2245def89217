using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary><c>pretraining</c>: captions of images teach a model before any task does.</summary>
internal sealed class Pretraining : ToolTask<IReadOnlyList<CaptionPair>, CaptionPair, MatchedCaption>
{
    private readonly PretrainingSwitches _switches = new();
    private readonly Option<string[]> _words = Options.Several<string>(
        "--words",
        "Without --vocabulary: further files whose words the model is to know, such as the questions it will be asked; "
            + "of JSON files all texts, of others all lines.",
        "FILE");

    public override string Name => "pretraining";

    public override string Purpose => "tells whether a text and an image belong together, and is where other tasks begin (--init)";

    public override string RowsName => "captions";

    public override string ResultsName => "probabilities";

    public override string MetricsDescription =>
        "Write as JSON how often captions are told to be their image's own and, with --model, those of other images not to be.";

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(CaptionExample.Caption))];

    public override Option<string?> Text { get; } = Options.Optional<string?>("--text", "One text that may belong to an image.", "TEXT");

    public override IEnumerable<Option> TrainOptions => [_words, .. _switches.All];

    public override IReadOnlyList<string> PredictionColumns => ["Score"];

    public override DataOptions<IReadOnlyList<CaptionPair>> CreateData(Command command, bool annotated)
    {
        var file = Options.Optional<string?>(
            "--data", "The captions: COCO's .json, Conceptual Captions' .tsv or Flickr30k's .token (or .gz of these).", "FILE");
        var format = Options.Optional<string?>("--format", "The form of --data where its name does not tell: coco, conceptual or flickr30k.", "NAME");
        format.AcceptOnlyFromAmong("coco", "conceptual", "flickr30k");
        return new FileDataOptions<CaptionPair>(command, file, [format], parsed => (path, images, options) =>
            new(Captions(parsed.GetValue(format) ?? FormatOf(path), path, images, options).Select(row => new CaptionPair
            {
                CaptionId = row.CaptionId,
                Caption = row.Caption,
                ImageId = row.ImageId,
                ImagePath = row.ImagePath,
            })), new((path, images, options) => new(LxmertDataset.LoadPretraining(path, images, options).Select(row => new CaptionPair
            {
                CaptionId = row.QuestionId,
                Caption = row.Question,
                ImageId = row.ImageId,
                ImagePath = row.ImagePath,
                Answers = row.Answers,
                AnswerScores = row.AnswerScores,
            })), Facts, RowsName));
    }

    public override IReadOnlyList<CaptionPair> Rows(IReadOnlyList<CaptionPair> data) => data;

    /// <summary>Each caption with its image, then with another.</summary>
    public override IReadOnlyList<CaptionPair> RowsToMeasure(IReadOnlyList<CaptionPair> rows) =>
        [.. rows, .. rows.Select((row, i) => WithOther(rows, i)).OfType<CaptionPair>()];

    public override RowFacts Facts(CaptionPair row) => new($"caption {row.CaptionId}", row.Caption, row.ImagePath, row.ImageId);

    public override CaptionPair CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images) =>
        new() { Caption = text, ImagePath = images[0].Path, ImageId = images[0].Id };

    public override IEnumerable<string> FurtherTexts(ParseResult parsed) =>
        parsed.GetValue(_words)!.SelectMany(TextsOfFile.Read).Concat(_switches.Sentences(parsed));

    public override void CheckTrain(ParseResult parsed) => _switches.Check(parsed);

    public override TrainerOptions CreateTrainerOptions(
        ParseResult parsed, IReadOnlyList<CaptionPair> data, IReadOnlyList<CaptionPair> training) => _switches.ToTrainer(parsed);

    public override void Complete(ParseResult parsed, TrainerOptions options, InputSteps inputs, Terminal terminal) =>
        _switches.Complete(parsed, (PretrainingOptions)options, inputs, terminal);

    /// <summary>With the detector's columns that are trained on.</summary>
    public override RowSources SourcesOf(IReadOnlyList<CaptionPair> rows, TrainerOptions? trainer) => trainer is PretrainingOptions options
        ? Sources with { Images = [new() { Detected = PretrainingSwitches.Detected(options) }] }
        : Sources;

    public override string Summary(TrainerOptions options) => "words and regions to predict";

    public override IEstimator<ITransformer> CreateTrainer(MLContext context, TrainerOptions options) =>
        context.VisionLanguage().Trainers.Pretraining((PretrainingOptions)options);

    public override HeldOutScore Measure(
        IReadOnlyList<CaptionPair> training, IReadOnlyList<CaptionPair> rows, IReadOnlyList<MatchedCaption> predictions) =>
        new(Right(rows, predictions).Average(), 0.5, HeldOutScore.Chance);

    public override Func<MatchedCaption> Reader(DataViewRow row, int top)
    {
        var score = row.GetGetter<float>(row.Schema[PredictionColumns[0]]);
        var probability = 0f;
        return () =>
        {
            score(ref probability);
            return new(probability);
        };
    }

    public override void Write(TextWriter output, bool json, CaptionPair row, MatchedCaption prediction) => output.WriteLine(json
        ? JsonSerializer.Serialize(
            new { text = row.Caption, image = Facts(row).Images[0].Name, probability = prediction.Probability, belongs = prediction.Belongs })
        : prediction.Probability.ToString("F4", CultureInfo.InvariantCulture));

    public override void WriteResults(string path, IReadOnlyList<CaptionPair> rows, IEnumerable<MatchedCaption> predictions) =>
        SubmissionFiles.WriteLines(path, rows.Zip(predictions, (row, prediction) => JsonSerializer.Serialize(
            new { id = row.CaptionId, image = row.ImageId, probability = prediction.Probability })));

    public override string EvaluateResults(ParseResult parsed, DataOptions<IReadOnlyList<CaptionPair>> options, Terminal terminal, string results)
    {
        var found = new Dictionary<string, MatchedCaption>(StringComparer.Ordinal);
        foreach (var (id, matched) in JsonLines.Rows(results, row => (row.Text("id"), new MatchedCaption(row.Number("probability")))))
            if (!found.TryAdd(id, matched)) throw new InvalidDataException($"{results}: '{id}' is there twice.");
        var rows = options.Open(parsed, terminal, checkImages: false);
        return Metrics(rows, [.. rows.Select(row => found.GetValueOrDefault(row.CaptionId)
            ?? throw new InvalidDataException($"{results}: {Facts(row).Name} is not there."))]);
    }

    public override string Evaluate(
        ParseResult parsed, IReadOnlyList<CaptionPair> data, IReadOnlyList<MatchedCaption> predictions, string model) =>
        Metrics(RowsToMeasure(data), predictions);

    public override (Func<(ITransformer Transformer, ParameterMatch Match)> Load, string Summary) LoadCheckpoint(
        ParseResult parsed, MLContext context, string path, string? stateDictionary, VisionLanguageModel model, TextVocabulary vocabulary) =>
        Loading(() => context.VisionLanguage().LoadImageTextMatching(path, model, stateDictionary, quantize: parsed.GetValue(Int8)));

    public override bool Owns(ITransformer part) => part is ImageTextMatchingTransformer;

    public override ModelFacts Describe(ITransformer part)
    {
        var transformer = (ImageTextMatchingTransformer)part;
        return new(transformer.Model, transformer.BatchSize, null, []);
    }

    private static DatasetRows<CaptionExample> Captions(string format, string path, string? images, DatasetOptions options) => format switch
    {
        "coco" => CocoCaptionsDataset.Load(path, images, options),
        "conceptual" => new(ConceptualCaptionsDataset.Load(path, images, options)),
        _ => Flickr30kDataset.Load(path, images, options),
    };

    private static string FormatOf(string path)
    {
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".json" => "coco",
            ".tsv" => "conceptual",
            ".token" or ".txt" => "flickr30k",
            _ => throw new UsageException($"--data {path}: its name does not tell the form; --format does."),
        };
    }

    /// <summary>A row's image with the next caption that differs and is of another image; null when there is none.</summary>
    private static CaptionPair? WithOther(IReadOnlyList<CaptionPair> rows, int place)
    {
        var row = rows[place];
        for (var i = 1; i < rows.Count; i++)
        {
            var other = rows[(place + i) % rows.Count];
            if (other.ImageId == row.ImageId || other.Caption == row.Caption) continue;
            return new() { CaptionId = other.CaptionId, Caption = other.Caption, ImageId = row.ImageId, ImagePath = row.ImagePath, IsOwn = false };
        }

        return null;
    }

    private static IEnumerable<double> Right(IEnumerable<CaptionPair> rows, IEnumerable<MatchedCaption> predictions) =>
        rows.Zip(predictions, (row, prediction) => row.IsOwn == prediction.Belongs ? 1.0 : 0);

    private static string Metrics(IReadOnlyList<CaptionPair> rows, IReadOnlyList<MatchedCaption> predictions)
    {
        var right = rows.Zip(Right(rows, predictions)).ToLookup(pair => pair.First.IsOwn, pair => pair.Second);
        var metrics = new Dictionary<string, object>();
        if (right[false].Any()) metrics["accuracy"] = right[true].Concat(right[false]).Average();
        metrics["own"] = right[true].Average();
        if (right[false].Any()) metrics["others"] = right[false].Average();
        metrics["captions"] = right[true].Count();
        return JsonSerializer.Serialize(metrics);
    }
}
