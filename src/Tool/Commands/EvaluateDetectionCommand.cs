using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl evaluate detection</c>: COCO's figures and Pascal VOC's of a detector's results, as JSON.</summary>
internal static class EvaluateDetectionCommand
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    public static Command Create(Terminal terminal)
    {
        var annotations = Options.Required(
            "--annotations", "The objects: COCO's instances .json, or a folder of Pascal VOC's .xml files or of .txt files an image.", "FILE|FOLDER");
        var results = Options.Required("--results", "What was found: COCO's results .json, or a folder of .txt files for VOC's.", "FILE|FOLDER");
        var threshold = Options.Default("--voc-threshold", "The overlap from which a box is right for Pascal VOC's figures.", 0.5, "SHARE");
        var elevenPoints = Options.Optional<bool>("--eleven-points", "Pascal VOC's figures at eleven recalls, as until 2009.");
        var perClass = Options.Optional<bool>("--per-class", "Also each class's.");
        var command = new Command("detection", "Measure detected objects: COCO's average precision and recall, and Pascal VOC's.")
        {
            annotations, results, threshold, elevenPoints, perClass,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(threshold) is not (> 0 and <= 1) and var share)
                throw new UsageException(FormattableString.Invariant($"--voc-threshold {share}: a share above 0 and at most 1 is needed."));
            var (truth, found) = (parsed.GetRequiredValue(annotations), parsed.GetRequiredValue(results));
            var rows = Directory.Exists(truth) ? VocDetectionDataset.Load(truth, found) : CocoDetectionDataset.Load(truth, found);
            var context = new MLContext();
            var metrics = context.VisionLanguage().EvaluateDetection(
                rows.ToDataView(context), crowdColumnName: nameof(DetectionExample.Crowd), areaColumnName: nameof(DetectionExample.Areas));
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
}
