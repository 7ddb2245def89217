using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl evaluate captioning</c>: how near captions are to those that people wrote, as JSON.</summary>
internal static class EvaluateCaptioningCommand
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    public static Command Create(Terminal terminal)
    {
        var annotations = Options.Required("--annotations", "What people wrote: COCO's captions .json.", "FILE");
        var results = Options.Required("--results", "What a model says: COCO's results .json, a list of image_id and caption.", "FILE");
        results.Aliases.Add("--predictions");
        var frequencies = Options.Optional<string?>(
            "--document-frequencies",
            "COCO's captions .json whose images CIDEr-D counts words in, such as training's; without, the references that are measured.",
            "FILE");
        var perImage = Options.Optional<bool>("--per-image", "Also each image's.");
        var command = new Command("captioning", "Measure captions: BLEU-1 to BLEU-4, ROUGE-L and CIDEr-D.") { annotations, results, frequencies, perImage };
        command.SetAction(parsed =>
        {
            var truth = CheckpointFiles.Existing(annotations.Name, parsed.GetRequiredValue(annotations));
            var said = CheckpointFiles.Existing(results.Name, parsed.GetRequiredValue(results));
            var rows = CocoCaptionsDataset.LoadByImage(truth, said).ToList();
            if (rows.Count == 0) throw new InvalidDataException($"{said}: there is no caption to measure.");
            var counted = parsed.GetValue(frequencies) is { } file
                ? CiderScorer.Create(CocoCaptionsDataset.LoadByImage(CheckpointFiles.Existing(frequencies.Name, file)).Select(image => image.References))
                : null;
            var context = new MLContext();
            var metrics = context.VisionLanguage().EvaluateCaptioning(context.Data.LoadFromEnumerable(rows), documentFrequencies: counted);
            var all = CocoCaptionsDataset.LoadByImage(truth).Count();
            if (all > rows.Count) terminal.Note($"{rows.Count} of the {all} images with captions have a result; the others are left out");
            var report = Describe(metrics.Bleu, metrics.RougeL, metrics.CiderD);
            report["images"] = metrics.Count;
            if (parsed.GetValue(perImage))
            {
                report["perImage"] = rows.Zip(metrics.Captions).ToDictionary(
                    row => row.First.ImageNumber, row => Describe(row.Second.Bleu, row.Second.RougeL, row.Second.CiderD));
            }

            terminal.Output.WriteLine(JsonSerializer.Serialize(report, Readable));
            terminal.Output.Flush();
            return 0;
        });
        return command;
    }

    private static Dictionary<string, object> Describe(IReadOnlyList<double> bleu, double rouge, double cider)
    {
        var report = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (i, score) in bleu.Index()) report[$"bleu{i + 1}"] = score;
        (report["rougeL"], report["ciderD"]) = (rouge, cider);
        return report;
    }
}
