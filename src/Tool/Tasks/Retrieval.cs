using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Joint;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Retrieving;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>
/// <c>retrieval</c>: how well captions and images suit each other, with COCO's and Flickr30k's captions. A prediction about a caption is a score
/// for the image of every row; the caption's own image is the right name. Models of pre-training score as well, without fine-tuning.
/// </summary>
internal sealed class Retrieval : NamedToolTask<CaptionExample, ImageTextPairTransformer>
{
    private readonly Option<int> _nearest = Options.Default(
        "--nearest-images",
        "Tell each pair also from a caption of one of so many images whose regions are most alike (ViLBERT's reference takes 99), in place of a caption "
        + "of any; 0 for none.",
        0,
        "N");

    private readonly Option<bool> _dual = Options.Optional<bool>(
        "--dual-encoder",
        "Embed captions and images each by themselves and compare the embeddings, as FIBER does without fusion: of many images the likely are found at "
        + "once, among which retrieve --rerank chooses by a second model.");

    private readonly Option<int> _queue = Options.Default(
        "--queue", "With --dual-encoder: how many earlier captions and images a batch is told from besides its own.", 0, "N");

    private readonly Option<bool> _zeroShot = Options.Optional<bool>(
        "--zero-shot", "The checkpoint was pre-trained, not fine-tuned: score by whether text and image belong together.");

    private readonly Option<string?> _list = Options.Optional<string?>(
        "--image-list", "The images to take, one a line, such as Flickr30k's test.txt; without, all.", "FILE");

    private readonly SecondLook _second = new();

    public override string Name => "retrieval";

    public override string Purpose => "tells how well captions and images suit each other";

    public override string RowsName => "captions";

    public override string MetricsDescription =>
        "Write R@1, R@5, R@10, median and mean rank as JSON, of images found by captions and of captions found by images.";

    public override IReadOnlyList<Declaration> Declarations { get; } =
    [
        new("RetrievalCOCO", "VL-logit", Declaration.ChoiceLoss, "retrieval"), new("RetrievalFlickr30k", "VL-logit", Declaration.ChoiceLoss, "retrieval"),
    ];

    public override IReadOnlyList<DeclaredFile> Files { get; } =
        [new(DeclaredFile.Annotations, "--data", "captions_{split}2014.json", "{split}.json", "{split}.token")];

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(CaptionExample.Caption))];

    public override Option<string?> Text { get; } = Options.Optional<string?>("--caption", "One caption to score with an image.", "TEXT");

    public override IEnumerable<Option> TrainOptions => [_nearest, _dual, _queue];

    public override IEnumerable<Option> ConvertOptions => [_zeroShot, _dual];

    public override IEnumerable<Option> EvaluateOptions => _second.All;

    protected override int NameCount => 0;

    protected override string NameTitle => "image";

    protected override string Format => CaptionFiles.Format;

    protected override string IdColumn => nameof(CaptionExample.CaptionId);

    public override RowFacts Facts(CaptionExample row) => new($"caption {row.CaptionId}", row.Caption, row.ImagePath, row.ImageId);

    public override CaptionExample CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images) =>
        new() { Caption = text, ImagePath = images[0].Path, ImageId = images[0].Id };

    public override void CheckTrain(ParseResult parsed)
    {
        if (parsed.GetValue(_nearest) < 0) throw new UsageException($"--nearest-images {parsed.GetValue(_nearest)}: at least 0 is needed.");
        if (parsed.GetValue(_queue) < 0) throw new UsageException($"--queue {parsed.GetValue(_queue)}: at least 0 is needed.");
        if (parsed.GetValue(_queue) > 0 && !parsed.GetValue(_dual)) throw new UsageException("--queue needs --dual-encoder.");
        if (parsed.GetValue(_nearest) > 0 && parsed.GetValue(_dual)) throw new UsageException("--nearest-images and --dual-encoder exclude each other.");
    }

    public override TrainerOptions CreateTrainerOptions(
        ParseResult parsed, IReadOnlyList<CaptionExample> data, IReadOnlyList<CaptionExample> training) =>
        parsed.GetValue(_dual)
            ? new DualEncoderOptions { RowIdColumnName = IdColumn, QueueSize = parsed.GetValue(_queue) }
            : new ImageTextRetrievalOptions { RowIdColumnName = IdColumn, NearestImages = parsed.GetValue(_nearest) };

    public override string Summary(TrainerOptions options) =>
        options is DualEncoderOptions ? "each pair against its batch" : "each pair against three others";

    public override IEstimator<ITransformer> CreateTrainer(MLContext context, TrainerOptions options) => options is DualEncoderOptions dual
        ? context.VisionLanguage().Trainers.DualEncoder(dual)
        : context.VisionLanguage().Trainers.ImageTextRetrieval((ImageTextRetrievalOptions)options);

    /// <summary>Each caption is scored with the images of all.</summary>
    public override bool RowsStandAlone => false;

    public override IEnumerable<AnsweredQuestion> Predict(
        ModelFile model, IReadOnlyList<CaptionExample> rows, IReadOnlyList<string> featureFiles, int top, IMeter? meter, CancellationToken cancellation)
    {
        var images = rows.DistinctBy(LabelOf, StringComparer.Ordinal).ToList();
        var scores = model.ScoreAllPairs(this, rows, images, featureFiles, Facts, meter, cancellation);
        return rows.Zip(scores, (row, own) => new AnsweredQuestion(
            row.CaptionId, [.. RetrievalRanks.Order(own).Take(top).Select(image => new ScoredAnswer(LabelOf(images[image]), own[image]))]));
    }

    /// <summary>Held-out images are none of the training's, so the baseline is the one of them with the most captions.</summary>
    public override HeldOutScore Measure(
        IReadOnlyList<CaptionExample> training, IReadOnlyList<CaptionExample> rows, IReadOnlyList<AnsweredQuestion> predictions) =>
        base.Measure(rows, rows, predictions) with { Metric = "R@1" };

    public override string EvaluateResults(
        ParseResult parsed, DataOptions<IReadOnlyList<CaptionExample>> options, Terminal terminal, string results)
    {
        if (_second.IsAsked(parsed)) throw new UsageException("--rerank goes with --model: it looks at what that finds.");
        var found = JsonLines.Rows(results, row =>
        {
            var scores = row.Object("scores");
            return new AnsweredQuestion(
                row.Text("id"), [.. scores.Element.EnumerateObject().Select(image => new ScoredAnswer(image.Name, scores.Number(image.Name)))]);
        });
        return Measure(options.Open(parsed, terminal, checkImages: false), found, results);
    }

    public override string Evaluate(
        ParseResult parsed, IReadOnlyList<CaptionExample> data, IReadOnlyList<AnsweredQuestion> predictions, string model) =>
        Measure(data, predictions, model);

    /// <summary>With a second model each direction has its own candidates: a caption's best images, and an image's best captions.</summary>
    public override string Evaluate(
        ParseResult parsed, Terminal terminal, IReadOnlyList<string> featureFiles, IReadOnlyList<CaptionExample> data,
        IReadOnlyList<AnsweredQuestion> predictions, string model)
    {
        if (!_second.IsAsked(parsed)) return Evaluate(parsed, data, predictions, model);
        var images = data.DistinctBy(LabelOf, StringComparer.Ordinal).ToList();
        var numbers = images.Index().ToDictionary(image => LabelOf(image.Item), image => image.Index, StringComparer.Ordinal);
        float[][] scores = [.. predictions.Select(own => own.Answers.OrderBy(one => numbers[one.Answer]).Select(one => one.Probability).ToArray())];
        int[] right = [.. data.Select(row => numbers[LabelOf(row)])];
        return Describe(Measured(ofImages: false).ImageRetrieval, Measured(ofImages: true).TextRetrieval);

        ImageTextRetrievalMetrics Measured(bool ofImages) => ImageTextRetrievalMetrics.FromScores(
            _second.Scores(parsed, this, data, images, scores, featureFiles, Facts, terminal, ofImages), right);
    }

    public override void CheckEvaluate(ParseResult parsed) => _second.Check(parsed);

    public override ModelFacts Describe(ITransformer part)
    {
        var transformer = (ImageTextPairTransformer)part;
        return new(transformer.Model, transformer.BatchSize, null, []);
    }

    protected override string IdOf(CaptionExample row) => row.CaptionId;

    protected override string LabelOf(CaptionExample row) => row.ImageId.Length > 0 ? row.ImageId : row.ImagePath;

    protected override IReadOnlyList<Option> FurtherData => [_list];

    protected override DatasetRows<CaptionExample> Load(ParseResult parsed, string path, string? images, DatasetOptions options)
    {
        options.ImageListPath = parsed.GetValue(_list) is { } list ? CheckpointFiles.Existing(_list.Name, list) : null;
        return Load(path, images, options);
    }

    protected override DatasetRows<CaptionExample> Load(string path, string? images, DatasetOptions options) =>
        CaptionFiles.Load(path, images, options);

    protected override IReadOnlyList<string> NamesOf(ImageTextPairTransformer transformer) => [];

    public override (Func<(ITransformer Transformer, ParameterMatch Match)> Load, string Summary) LoadCheckpoint(
        ParseResult parsed, MLContext context, string path, string? stateDictionary, VisionLanguageModel model, TextVocabulary vocabulary)
    {
        if (parsed.GetValue(_dual))
        {
            return parsed.GetValue(_zeroShot)
                ? throw new UsageException("--dual-encoder and --zero-shot exclude each other.")
                : Loading(() => context.VisionLanguage().LoadDualEncoder(path, model, stateDictionary, quantize: parsed.GetValue(Int8)));
        }

        return parsed.GetValue(_zeroShot)
            ? Loading(
                () => context.VisionLanguage().LoadImageTextMatching(path, model, stateDictionary, quantize: parsed.GetValue(Int8)),
                "retrieval without fine-tuning")
            : Loading(() => context.VisionLanguage().LoadImageTextRetrieval(
                path, model, stateDictionary, taskNumber: TaskNumberOf(parsed), quantize: parsed.GetValue(Int8)));
    }

    private string Measure(IReadOnlyList<CaptionExample> rows, IEnumerable<AnsweredQuestion> predictions, string source)
    {
        var right = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in rows)
            if (!right.TryAdd(IdOf(row), LabelOf(row))) throw new InvalidDataException($"The data set has caption {IdOf(row)} twice.");
        var images = right.Values.ToHashSet(StringComparer.Ordinal);
        var context = new MLContext();
        try
        {
            var view = context.Data.LoadFromEnumerable(predictions.SelectMany(Pairs));
            var metrics = context.VisionLanguage().EvaluateImageTextRetrieval(view);
            return Describe(metrics.ImageRetrieval, metrics.TextRetrieval);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{source}: {Failure.Describe(e)}", e);
        }

        IEnumerable<ScoredPair> Pairs(AnsweredQuestion prediction)
        {
            if (!right.TryGetValue(prediction.QuestionId, out var own))
                throw new InvalidDataException($"{source}: there is no caption '{prediction.QuestionId}' in the data set.");
            foreach (var (image, score) in prediction.Answers)
            {
                if (!images.Contains(image)) throw new InvalidDataException($"{source}: caption {prediction.QuestionId}: no row has the image '{image}'.");
                yield return new() { CaptionId = prediction.QuestionId, ImageId = image, Score = score, Label = image == own };
            }
        }
    }

    private static string Describe(RetrievalMetrics imageRetrieval, RetrievalMetrics textRetrieval)
    {
        return JsonSerializer.Serialize(new Dictionary<string, object> { ["imageRetrieval"] = Of(imageRetrieval), ["textRetrieval"] = Of(textRetrieval) });

        static object Of(RetrievalMetrics found) => new
        {
            recallAt1 = found.RecallAt1,
            recallAt5 = found.RecallAt5,
            recallAt10 = found.RecallAt10,
            medianRank = found.MedianRank,
            meanRank = found.MeanRank,
            count = found.Count,
        };
    }

    private sealed class ScoredPair
    {
        public string CaptionId { get; set; } = "";

        public string ImageId { get; set; } = "";

        public float Score { get; set; }

        public bool Label { get; set; }
    }
}
