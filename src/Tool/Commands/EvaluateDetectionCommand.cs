using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Extracting;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl evaluate detection</c>: COCO's figures and Pascal VOC's of a detector's results, or of a detector, as JSON.</summary>
internal static class EvaluateDetectionCommand
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    public static Command Create(Terminal terminal)
    {
        var annotations = ObjectFiles.Annotations();
        var results = Options.Optional<string?>(
            "--results", "What was found: COCO's results .json, or a folder of .txt files for VOC's.", "FILE|FOLDER");
        var detector = Options.Optional<string?>("--detector", "In their place: a model file that finds objects in --images.", "ZIP");
        var images = Options.Optional<string?>("--images", "The folder of the images, for --detector.", "FOLDER");
        var threshold = Options.Default("--voc-threshold", "The overlap from which a box is right for Pascal VOC's figures.", 0.5, "SHARE");
        var elevenPoints = Options.Optional<bool>("--eleven-points", "Pascal VOC's figures at eleven recalls, as until 2009.");
        var perClass = Options.Optional<bool>("--per-class", "Also each class's.");
        var command = new Command("detection", "Measure detected objects: COCO's average precision and recall, and Pascal VOC's.")
        {
            annotations, results, detector, images, threshold, elevenPoints, perClass,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(threshold) is not (> 0 and <= 1) and var share)
                throw new UsageException(FormattableString.Invariant($"--voc-threshold {share}: a share above 0 and at most 1 is needed."));
            var truth = parsed.GetRequiredValue(annotations);
            var metrics = (parsed.GetValue(results), parsed.GetValue(detector), parsed.GetValue(images)) switch
            {
                ({ } found, null, null) => Measure(ObjectFiles.Load(truth, found, null)),
                (null, { } model, { } folder) => Measure([.. ObjectFiles.Load(truth, null, folder)], model, terminal),
                _ => throw new UsageException("Either --results is needed, or --detector with --images."),
            };
            var voc = metrics.PascalVoc(parsed.GetValue(threshold), parsed.GetValue(elevenPoints));
            var report = new Dictionary<string, object>(StringComparer.Ordinal) { ["images"] = metrics.Count };
            foreach (var (name, value) in metrics.Figures) report[name] = value;
            report["vocMeanAP"] = voc.Count == 0 ? -1 : voc.Values.Average();
            if (parsed.GetValue(perClass))
            {
                report["classes"] = metrics.PerClass.ToDictionary(
                    own => own.Key, own => new { AP = own.Value, vocAP = voc.GetValueOrDefault(own.Key) });
            }

            terminal.Output.WriteLine(JsonSerializer.Serialize(report, Readable));
            terminal.Output.Flush();
            return 0;
        });
        return command;
    }

    /// <summary>Has a detector find the objects of images.</summary>
    public static DetectionMetrics Measure(IReadOnlyList<DetectionExample> rows, string detector, Terminal terminal)
    {
        var context = new MLContext();
        using var extractor = RegionExtractor.Open(detector, new(), context);
        return Display.Run(terminal, "finding objects", meter =>
        {
            var counted = Display.Count(rows, meter, rows.Count, "images read:", terminal.Cancellation);
            return UnreadableImage.Name(rows.Select(ObjectFiles.Facts), () => Measure(
                context, extractor.Transform(context.Data.LoadFromEnumerable(counted)), "RegionClasses", "RegionBoxes", "RegionScores"));
        });
    }

    private static DetectionMetrics Measure(DatasetRows<DetectionExample> rows)
    {
        var context = new MLContext();
        return Measure(
            context, rows.ToDataView(context), nameof(DetectionExample.PredictedLabel), nameof(DetectionExample.PredictedBoundingBoxes),
            nameof(DetectionExample.Score));
    }

    private static DetectionMetrics Measure(MLContext context, IDataView found, string label, string boxes, string score) =>
        context.VisionLanguage().EvaluateDetection(
            found, predictedLabelColumnName: label, predictedBoxesColumnName: boxes, scoreColumnName: score,
            crowdColumnName: nameof(DetectionExample.Crowd), areaColumnName: nameof(DetectionExample.Areas));
}
