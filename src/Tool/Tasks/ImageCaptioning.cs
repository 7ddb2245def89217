using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tool.Captioning;
using MLNet.VisionLanguage.Tool.Commands;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>
/// <c>captioning</c>: FIBER describes images in words. Captions are what models of it write, so they are read in training alone; scoring is
/// <c>vl caption</c>.
/// </summary>
internal sealed class ImageCaptioning : ToolTask<IReadOnlyList<CaptionExample>, CaptionExample, ImageCaption>
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    private static readonly Dictionary<string, CaptionLoss> Losses = new(StringComparer.Ordinal)
    {
        ["likelihood"] = CaptionLoss.MaximumLikelihood,
        ["gold"] = CaptionLoss.OffPolicy,
        ["cider"] = CaptionLoss.Cider,
    };

    private readonly Option<string> _loss = Options.Default(
        "--loss",
        "What captions are learnt by: likelihood; gold or cider for a model that writes already (--init), with rates of 1e-5 and 1e-6 in the reference.",
        "likelihood",
        string.Join('|', Losses.Keys));

    private readonly Option<int> _beams = Options.Default(
        "--beams", "How many beginnings of a caption are kept at each word; 1 takes the likeliest word each time.", 5, "N");

    private readonly Option<int> _length = Options.Default("--caption-length", "The longest caption that is written, in tokens.", 20, "N");

    private readonly Option<string?> _data = FileDataOptions<CaptionExample>.File(CaptionFiles.Format);

    private readonly Option<string?> _frequencies = Options.Optional<string?>(
        "--document-frequencies",
        "COCO's captions .json whose images CIDEr-D counts words in, such as training's; without, the references that are measured.",
        "FILE");

    private readonly Option<bool> _perImage = Options.Optional<bool>("--per-image", "Also each image's.");

    public ImageCaptioning()
    {
        _data.Aliases.Add("--annotations");
        _loss.AcceptOnlyFromAmong([.. Losses.Keys]);
    }

    public override string Name => "captioning";

    public override string Purpose => "describes images in words";

    public override string RowsName => "captions";

    public override string ResultsName => "captions";

    public override string MetricsDescription => "Measure captions: BLEU-1 to BLEU-4, ROUGE-L and CIDEr-D; --results is COCO's results .json.";

    public override IReadOnlyList<TextSource> Texts { get; } = [new(nameof(CaptionExample.Caption))];

    public override bool WritesTexts => true;

    public override bool Suits(VisionLanguageModel model) => model is FiberConfig;

    public override Option<string?> Text { get; } = Options.Optional<string?>("--caption", "A caption.", "TEXT");

    public override IEnumerable<Option> TrainOptions => [_loss, _beams, _length];

    public override IEnumerable<Option> ConvertOptions => [_beams, _length];

    public override IEnumerable<Option> EvaluateOptions => [_frequencies, _perImage];

    public override IReadOnlyList<string> PredictionColumns => [nameof(CaptionExample.Caption), AnsweredQuestion.ScoreColumn];

    public override DataOptions<IReadOnlyList<CaptionExample>> CreateData(Command command, bool annotated) => new FileDataOptions<CaptionExample>(
        command, _data, [], _ => CaptionFiles.Load);

    public override IReadOnlyList<CaptionExample> Rows(IReadOnlyList<CaptionExample> data) => data;

    public override RowFacts Facts(CaptionExample row) => new($"caption {row.CaptionId}", row.Caption, row.ImagePath, row.ImageId);

    public override CaptionExample CreateRow(ParseResult parsed, string text, IReadOnlyList<ImageFacts> images) =>
        new() { Caption = text, ImagePath = images[0].Path, ImageId = images[0].Id };

    public override void CheckTrain(ParseResult parsed) => CheckWriting(parsed);

    public override TrainerOptions CreateTrainerOptions(
        ParseResult parsed, IReadOnlyList<CaptionExample> data, IReadOnlyList<CaptionExample> training) => new ImageCaptioningOptions
    {
        Loss = Losses[parsed.GetRequiredValue(_loss)],
        Beams = parsed.GetValue(_beams),
        MaxLength = parsed.GetValue(_length),
    };

    public override void Complete(ParseResult parsed, TrainerOptions options, InputSteps inputs, Terminal terminal)
    {
        RequireFiber(options.Model);
        ((ImageCaptioningOptions)options).Vocabulary = inputs.Vocabulary;
    }

    public override string Summary(TrainerOptions options) => "words that follow each other";

    public override IEstimator<ITransformer> CreateTrainer(MLContext context, TrainerOptions options) =>
        context.VisionLanguage().Trainers.ImageCaptioning((ImageCaptioningOptions)options);

    /// <summary>Images are described once; each of their captions gets what was written of them.</summary>
    public override IEnumerable<ImageCaption> Predict(
        ModelFile model, IReadOnlyList<CaptionExample> rows, IReadOnlyList<string> featureFiles, int top, IMeter? meter, CancellationToken cancellation)
    {
        List<CaptionExample> images = [.. rows.DistinctBy(row => row.ImagePath, StringComparer.Ordinal)];
        var found = model.Predict(this, images, featureFiles, top);
        if (meter is not null) found = Display.Count(found, meter, images.Count, "described", cancellation);
        var written = images.Zip(found).ToDictionary(pair => pair.First.ImagePath, pair => pair.Second, StringComparer.Ordinal);
        return rows.Select(row => written[row.ImagePath]);
    }

    /// <summary>CIDEr-D, beside that of the most frequent training caption if it were said of every image.</summary>
    public override HeldOutScore Measure(
        IReadOnlyList<CaptionExample> training, IReadOnlyList<CaptionExample> rows, IReadOnlyList<ImageCaption> predictions)
    {
        var images = ByImage(rows, predictions);
        var scorer = CiderScorer.Create(images.Select(image => image.References));
        var frequent = training.CountBy(row => row.Caption).MaxBy(pair => pair.Value).Key;
        var references = images.ConvertAll(image => scorer.Prepare(image.References));
        return new(
            images.Zip(references, (image, own) => own.Score(image.Caption)).Average(), references.Average(own => own.Score(frequent)), frequent)
        {
            Metric = "CIDEr-D",
        };
    }

    public override Func<ImageCaption> Reader(DataViewRow row, int top)
    {
        var (caption, score) = (row.GetGetter<ReadOnlyMemory<char>>(row.Schema[PredictionColumns[0]]), row.GetGetter<float>(row.Schema[PredictionColumns[1]]));
        var (text, likelihood) = (default(ReadOnlyMemory<char>), 0f);
        return () =>
        {
            caption(ref text);
            score(ref likelihood);
            return new("", text.ToString(), likelihood);
        };
    }

    public override void Write(TextWriter output, bool json, CaptionExample row, ImageCaption prediction) => output.WriteLine(
        json ? JsonSerializer.Serialize(new { image = row.ImagePath, caption = prediction.Caption, score = prediction.Score }) : prediction.Caption);

    public override void WriteResults(string path, IReadOnlyList<CaptionExample> rows, IEnumerable<ImageCaption> predictions) =>
        SubmissionFiles.WriteCaptions(path, rows.Zip(predictions, (row, written) => (row.ImageId, written.Caption)).DistinctBy(row => row.ImageId));

    public override string EvaluateResults(ParseResult parsed, DataOptions<IReadOnlyList<CaptionExample>> options, Terminal terminal, string results)
    {
        if (parsed.GetValue(_data) is not { } data) throw new UsageException($"{_data.Name} is needed.");
        var (truth, said) = (CheckpointFiles.Existing(_data.Name, data), CheckpointFiles.Existing("--results", results));
        List<CaptionedImage> rows = [.. CocoCaptionsDataset.LoadByImage(truth, said)];
        if (rows.Count == 0) throw new InvalidDataException($"{said}: there is no caption to measure.");
        var all = CocoCaptionsDataset.LoadByImage(truth).Count();
        if (all > rows.Count) terminal.Note($"{rows.Count} of the {all} images with captions have a result; the others are left out");
        return Report(parsed, rows);
    }

    public override string Evaluate(ParseResult parsed, IReadOnlyList<CaptionExample> data, IReadOnlyList<ImageCaption> predictions, string model) =>
        Report(parsed, ByImage(data, predictions));

    public override (Func<(ITransformer Transformer, ParameterMatch Match)> Load, string Summary) LoadCheckpoint(
        ParseResult parsed, MLContext context, string path, string? stateDictionary, VisionLanguageModel model, TextVocabulary vocabulary)
    {
        CheckWriting(parsed);
        RequireFiber(model);
        return parsed.GetValue(Int8)
            ? throw new UsageException($"{Int8.Name}: models that write captions compute in float32.")
            : Loading(() => context.VisionLanguage().LoadImageCaptioning(
                path, model, vocabulary, parsed.GetValue(_beams), parsed.GetValue(_length), stateDictionary: stateDictionary));
    }

    public override RowSources ConvertedSources(ParseResult parsed) => Sources with { Texts = [] };

    public override bool Owns(ITransformer part) => part is ImageCaptioningTransformer;

    public override ModelFacts Describe(ITransformer part)
    {
        var transformer = (ImageCaptioningTransformer)part;
        return new(transformer.Model, transformer.BatchSize, null, []);
    }

    public override Command Score(string name, Terminal terminal) => new CaptionCommand(terminal).Create(name);

    private void RequireFiber(VisionLanguageModel model)
    {
        if (!Suits(model)) throw new UsageException("--kind: FIBER alone writes captions; --kind fiber is needed.");
    }

    private void CheckWriting(ParseResult parsed)
    {
        foreach (var option in (Option<int>[])[_beams, _length])
            if (parsed.GetValue(option) < 1) throw new UsageException($"{option.Name} {parsed.GetValue(option)}: at least 1 is needed.");
    }

    private static List<CaptionedImage> ByImage(IReadOnlyList<CaptionExample> rows, IReadOnlyList<ImageCaption> predictions) =>
        [.. rows.Zip(predictions).GroupBy(pair => pair.First.ImagePath, StringComparer.Ordinal).Select(image => new CaptionedImage
        {
            ImageNumber = image.First().First.ImageId,
            Caption = image.First().Second.Caption,
            References = [.. image.Select(pair => pair.First.Caption)],
        })];

    private string Report(ParseResult parsed, List<CaptionedImage> rows)
    {
        var counted = parsed.GetValue(_frequencies) is { } file
            ? CiderScorer.Create(CocoCaptionsDataset.LoadByImage(CheckpointFiles.Existing(_frequencies.Name, file)).Select(image => image.References))
            : null;
        var context = new MLContext();
        var metrics = context.VisionLanguage().EvaluateCaptioning(context.Data.LoadFromEnumerable(rows), documentFrequencies: counted);
        var report = Describe(metrics.Bleu, metrics.RougeL, metrics.CiderD);
        report["images"] = metrics.Count;
        if (parsed.GetValue(_perImage))
        {
            report["perImage"] = rows.Zip(metrics.Captions).ToDictionary(
                row => row.First.ImageNumber, row => Describe(row.Second.Bleu, row.Second.RougeL, row.Second.CiderD));
        }

        return JsonSerializer.Serialize(report, Readable);
    }

    private static Dictionary<string, object> Describe(IReadOnlyList<double> bleu, double rouge, double cider)
    {
        var report = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (i, score) in bleu.Index()) report[$"bleu{i + 1}"] = score;
        (report["rougeL"], report["ciderD"]) = (rouge, cider);
        return report;
    }
}
