using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Inspection;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl train detector</c>: trains a Faster R-CNN on images with boxes and saves it as one file.</summary>
internal sealed class TrainDetectorCommand(Terminal terminal, Option<bool> verbose)
{
    private readonly Option<string> _annotations = ObjectFiles.Annotations();
    private readonly Option<string> _images = Options.Required("--images", "The folder of the images.", "FOLDER");
    private readonly Option<string> _output = Options.Required("--output", "The model file to write.", "ZIP");
    private readonly Option<string?> _config = Options.Optional<string?>(
        "--config",
        "The detector's configuration in detectron2's names, YAML or JSON; without, that of --init, or a small one that learns from nothing in minutes.",
        "FILE");

    private readonly Option<string?> _init = Options.Optional<string?>(
        "--init", "Where to start: a detector's model file, or a checkpoint of a detector or of its residual network alone.", "FILE");
    private readonly Option<string?> _dictionary =
        Options.Optional<string?>(CheckpointReport.StateDictionaryOption, CheckpointReport.StateDictionaryHelp, "KEY");

    private readonly Option<float> _confidence = Options.Default("--confidence", "How sure the detector must be of what it finds.", 0.05f, "P");
    private readonly Option<int?> _most = Options.Optional<int?>("--max-regions", "The most regions of an image; without, the configuration's.", "N");
    private readonly Option<double> _heldOut =
        Options.Optional<double>("--held-out", "The share of the images that are not trained on but measured afterwards.", "SHARE");

    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write the result as JSON.");
    private readonly TrainingOptions _training = new();

    public Command Create()
    {
        var command = new Command("detector", "Train a Faster R-CNN that finds objects in images and makes them regions for vision-and-language models.");
        Option[] own =
            [_annotations, _images, _output, _config, _init, _dictionary, _confidence, _most, _heldOut, .. _training.OfADetector, _json];
        foreach (var option in own) command.Add(option);
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        if (parsed.GetValue(_heldOut) is not (>= 0 and < 1) and var share)
            throw new UsageException(FormattableString.Invariant($"--held-out {share}: expected a share from 0 to below 1."));
        _training.Check(parsed);
        var output = OutputFile.Check(_output, parsed.GetRequiredValue(_output));
        var options = CreateOptions(parsed, output);
        var left = 0;
        List<DetectionExample> rows = [.. ObjectFiles.Load(parsed.GetRequiredValue(_annotations), null, parsed.GetRequiredValue(_images))
            .Select(row => ObjectFiles.WithoutEmpty(row, ref left))];
        if (left > 0) terminal.Note($"{left} objects without width or height are left out");
        if (rows.Exists(row => row.Attributes.Any(attribute => attribute.Length > 0))) options.AttributesColumnName = nameof(DetectionExample.Attributes);
        var split = HeldOut<DetectionExample>.Split(rows, row => [row.ImagePath], parsed.GetValue(_heldOut), _training.Seed(parsed));
        terminal.Note(
            $"{split.Training.Count} images with {split.Training.Sum(row => row.Labels.Length)} objects to train on, {split.Measured.Count} held out");
        CheckpointedRun.Run(terminal, options.CheckpointFolder!, _training.CheckpointFolder(parsed) is not null, meter =>
        {
            Train(options, split.Training, output, parsed.GetValue(verbose), meter);
            return true;
        });
        terminal.Note($"saved {output}");
        Report(parsed, output, split.Measured);
        return 0;
    }

    private RegionDetectorOptions CreateOptions(ParseResult parsed, string output)
    {
        var initial = parsed.GetValue(_init) is { } init ? InitialDetector.Open(CheckpointFiles.Existing(_init.Name, init)) : null;
        var config = parsed.GetValue(_config) is { } file ? DetectorConfig.Load(CheckpointFiles.Existing(_config.Name, file)) : initial?.Config;
        var isSmall = config is null ? initial is null : config.FeatureSize <= FasterRcnnConfig.Tiny.FeatureSize;
        var options = isSmall ? RegionDetectorOptions.FromScratch(config) : new RegionDetectorOptions();
        options.Regions.Detector = config ?? options.Regions.Detector;
        options.Regions.Confidence = parsed.GetValue(_confidence);
        options.Regions.MaxRegions = parsed.GetValue(_most);
        options.CrowdColumnName = nameof(DetectionExample.Crowd);
        (options.InitialWeights, options.InitialStateDictionary) = (initial?.Weights, parsed.GetValue(_dictionary));
        options.CheckpointFolder = _training.CheckpointFolder(parsed) ?? output + ".checkpoint";
        options.CheckpointEvery = TrainingOptions.DefaultCheckpointEvery;
        _training.Apply(parsed, options);
        return options;
    }

    private void Train(RegionDetectorOptions options, IReadOnlyList<DetectionExample> rows, string output, bool tellsMore, IMeter meter)
    {
        var context = new MLContext(options.Seed);
        Warnings.Tell(context, terminal, tellsMore);
        var reporter = new TrainingReporter(meter);
        (options.Progress, options.Cancellation) = (reporter, terminal.Cancellation);
        var view = context.Data.LoadFromEnumerable(Display.Count(rows, meter, rows.Count, "reading images:", terminal.Cancellation));

        // Boxes are in the files' own pixels.
        var pipeline = context.Transforms.LoadImageFiles("Image", "", nameof(ImageExample.ImagePath), new() { ShrinkAbove = null })
            .Append(context.VisionLanguage().Trainers.RegionDetector(options));
        using var model = UnreadableImage.Name(rows.Select(ObjectFiles.Facts), () => pipeline.Fit(view));
        reporter.TellEnd(options);
        context.VisionLanguage().Save(model, context.Data.LoadFromEnumerable<ImageRow>([]).Schema, output);
    }

    private void Report(ParseResult parsed, string output, IReadOnlyList<DetectionExample> measured)
    {
        var metrics = measured.Count == 0 ? null : EvaluateDetectionCommand.Measure(measured, output, terminal);
        if (parsed.GetValue(_json))
        {
            terminal.Output.WriteLine(metrics is null
                ? JsonSerializer.Serialize(new { model = output })
                : JsonSerializer.Serialize(
                    new { model = output, heldOutImages = metrics.Count, AP = metrics.AveragePrecision, AP50 = metrics.AveragePrecision50 }));
        }
        else if (metrics is not null)
        {
            terminal.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"held-out AP {metrics.AveragePrecision:F4}, AP50 {metrics.AveragePrecision50:F4} on {metrics.Count} images"));
        }

        terminal.Output.Flush();
    }

    /// <summary>The column that the model reads.</summary>
    private sealed class ImageRow
    {
        public string ImagePath { get; set; } = "";
    }
}
