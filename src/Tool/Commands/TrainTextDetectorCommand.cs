using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Tokenization;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Inspection;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl train text-detector</c>: trains FIBER's detector on classes, phrases or expressions and saves it as one file.</summary>
internal sealed class TrainTextDetectorCommand(Terminal terminal, Option<bool> verbose)
{
    private readonly GroundedFiles _files = new();
    private readonly Option<string> _output = Options.Required("--output", "The model file to write.", "ZIP");
    private readonly VocabularyOptions _vocabulary = new("the words of the texts, which suits a detector that starts from nothing");
    private readonly Option<string?> _config = Options.Optional<string?>(
        "--config", "Its sizes, JSON in the reference's names; without, the published ones with --init, or a small one that learns from nothing.", "FILE");
    private readonly Option<string?> _init = Options.Optional<string?>(
        "--init", "Where to start: a checkpoint of FIBER's detector, or of its coarse stage, of which the two towers are taken.", "FILE");
    private readonly Option<string?> _dictionary =
        Options.Optional<string?>(CheckpointReport.StateDictionaryOption, CheckpointReport.StateDictionaryHelp, "KEY");
    private readonly Option<bool> _cased = Options.Optional<bool>("--cased", "Keep upper case and accents; must fit a vocabulary of word pieces.");
    private readonly Option<double?> _flip = Options.Optional<double?>(
        "--flip", "The chance that an image is mirrored, 0 to 1; without, one half for classes and none where texts may tell left from right.", "P");
    private readonly TrainingOptions _training = new();

    public Command Create()
    {
        var command = new Command(
            "text-detector", "Train FIBER's detector to find classes that are named, phrases of captions or what expressions mean, by boxes of them.");
        foreach (var option in (Option[])
            [.. _files.All, _output, .. _vocabulary.All, _config, _init, _dictionary, _cased, _flip, .. _training.OfADetector]) command.Add(option);
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        _training.Check(parsed);
        _vocabulary.Check(parsed);
        var output = OutputFile.Check(_output, parsed.GetRequiredValue(_output));
        var init = parsed.GetValue(_init) is { } path ? CheckpointFiles.Existing(_init.Name, path) : null;
        if (init is not null && parsed.GetValue(_vocabulary.File) is null) throw new UsageException("--init needs --vocabulary: the words of its tokens.");
        var (kind, rows) = _files.Load(parsed, out var left);
        if (left > 0) terminal.Note($"{left} objects without width or height are left out");
        if (rows.Count == 0) throw new InvalidDataException("The files have no rows.");
        string[] classes = [.. rows.SelectMany(row => row.Labels).CountBy(name => name).OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key)];
        var vocabulary = parsed.GetValue(_vocabulary.File) is { } words
            ? _vocabulary.Load(parsed, CheckpointFiles.Existing(_vocabulary.File.Name, words))
            : BertVocabulary.Build(kind == GroundedKind.Objects ? classes.Append(DetectionPrompt.Separation) : rows.Select(row => row.Text));
        var options = CreateOptions(parsed, kind, init, output);
        if (kind == GroundedKind.Objects)
            (classes, options.OtherClasses) = Fitting(classes, vocabulary.CreateTokenizer(options.Uncased), options.Detector.MaxTokens);
        terminal.Note($"{rows.Count} rows with {rows.Sum(row => row.Labels.Length)} boxes of {rows.Select(row => row.ImagePath).Distinct().Count()} images");
        CheckpointedRun.Run(terminal, options.CheckpointFolder!, _training.CheckpointFolder(parsed) is not null, meter =>
        {
            Train(options, kind, vocabulary, classes, rows, output, parsed.GetValue(verbose), meter);
            return true;
        });
        terminal.Note($"saved {output}");
        return 0;
    }

    private TextDetectorTrainerOptions CreateOptions(ParseResult parsed, GroundedKind kind, string? init, string output)
    {
        var config = parsed.GetValue(_config) is { } file ? FiberDetectorConfig.Load(CheckpointFiles.Existing(_config.Name, file)) : null;
        var options = init is null ? TextDetectorTrainerOptions.FromScratch() : new TextDetectorTrainerOptions();
        options.Detector = config ?? (init is not null && kind == GroundedKind.Expressions ? FiberDetectorConfig.Referring : options.Detector);
        if (init is null) options.TrainingSides = [options.Detector.ShorterSide];
        options.FlipProbability = parsed.GetValue(_flip) ?? (kind == GroundedKind.Objects ? 0.5 : 0);
        options.CrowdColumnName = nameof(GroundedImage.Crowd);
        options.Uncased = !parsed.GetValue(_cased);
        (options.InitialWeights, options.InitialStateDictionary) = (init, parsed.GetValue(_dictionary));
        options.CheckpointFolder = _training.CheckpointFolder(parsed) ?? output + ".checkpoint";
        options.CheckpointEvery = TrainingOptions.DefaultCheckpointEvery;
        var texts = options.TextLearningRate / options.LearningRate;
        _training.Apply(parsed, options);

        // The text's tower keeps its share of the rate.
        options.TextLearningRate = texts * options.LearningRate;
        return options;
    }

    /// <summary>The most frequent classes, as many as fit into one text, and the others.</summary>
    private static (string[] Asked, string[] Others) Fitting(string[] classes, TextTokenizer tokenizer, int most)
    {
        var count = classes.Length;
        while (count > 1)
        {
            tokenizer.Encode(DetectionPrompt.Of(classes[..count]).Text, null, int.MaxValue, out var length);
            if (length <= most) break;
            count -= Math.Max(1, count / 8);
        }

        return (classes[..count], classes[count..]);
    }

    private void Train(
        TextDetectorTrainerOptions options, GroundedKind kind, TextVocabulary vocabulary, string[] classes, IReadOnlyList<GroundedImage> rows,
        string output, bool tellsMore, IMeter meter)
    {
        var context = new MLContext(options.Seed);
        Warnings.Tell(context, terminal, tellsMore);
        var reporter = new TrainingReporter(meter);
        (options.Progress, options.Cancellation) = (reporter, terminal.Cancellation);
        var view = context.Data.LoadFromEnumerable(Display.Count(rows, meter, rows.Count, "reading images:", terminal.Cancellation));
        var trainers = context.VisionLanguage().Trainers;
        IEstimator<ITransformer> trainer = kind switch
        {
            GroundedKind.Objects => trainers.DetectObjects(vocabulary, classes, options),
            GroundedKind.Phrases => trainers.GroundPhrases(vocabulary, options),
            _ => trainers.LocalizeExpression(vocabulary, options),
        };

        // Boxes are in the files' own pixels.
        var pipeline = context.Transforms.LoadImageFiles("Image", "", nameof(ImageExample.ImagePath), new() { ShrinkAbove = null }).Append(trainer);
        using var model = (IDisposable)UnreadableImage.Name(rows.Select(GroundedFiles.Facts), () => pipeline.Fit(view));
        reporter.TellEnd(options);
        var schema = kind == GroundedKind.Objects
            ? context.Data.LoadFromEnumerable<ImageRow>([]).Schema
            : context.Data.LoadFromEnumerable<SaidRow>([]).Schema;
        context.VisionLanguage().Save((ITransformer)model, schema, output);
    }

    /// <summary>The column that a model of classes reads.</summary>
    private class ImageRow
    {
        public string ImagePath { get; set; } = "";
    }

    /// <summary>Those that a model of phrases or expressions reads.</summary>
    private sealed class SaidRow : ImageRow
    {
        public string Text { get; set; } = "";
    }
}
