using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Inspection;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl convert detector</c>: the checkpoint of a Faster R-CNN to a model file that finds regions in image files.</summary>
internal static class ConvertDetectorCommand
{
    public static Command Create(Terminal terminal)
    {
        var checkpoint = Options.Required("--checkpoint", "The weights: .safetensors, .bin or .pth.", "FILE");
        var dictionary = Options.Optional<string?>(CheckpointReport.StateDictionaryOption, CheckpointReport.StateDictionaryHelp, "KEY");
        var config = Options.Optional<string?>(
            "--config", "Its configuration in detectron2's names, YAML or JSON; without, that of the detector trained on Visual Genome.", "FILE");
        var choice = Options.Default(
            "--choice",
            "best: the best that do not overlap, as LXMERT has them; confident: those above --confidence, as ViLBERT has them.",
            "best",
            "NAME");
        choice.AcceptOnlyFromAmong("best", "confident");
        var least = Options.Optional<int?>("--min-regions", "The fewest regions of an image; without, the configuration's, or 10 by confidence.", "N");
        var most = Options.Optional<int?>("--max-regions", "The most regions of an image; without, the configuration's, or 100 by confidence.", "N");
        var confidence = Options.Default("--confidence", "How sure the detector must be of a region.", 0.2f, "P");
        var classes = Options.Optional<string?>(
            "--classes", "The names of its classes, one a line, such as objects_vocab.txt; of several between commas the first.", "FILE");
        var attributes = Options.Optional<string?>("--attributes", "The names of its attributes, likewise, such as attributes_vocab.txt.", "FILE");
        var output = Options.Required("--output", "The model file to write.", "ZIP");
        var command = new Command("detector", "Make a model file of a Faster R-CNN's checkpoint; given image files, it finds regions.")
        {
            checkpoint, dictionary, config, choice, least, most, confidence, classes, attributes, output,
        };
        command.SetAction(parsed =>
        {
            var path = CheckpointFiles.Existing(checkpoint.Name, parsed.GetRequiredValue(checkpoint));
            var zip = OutputFile.Check(output, parsed.GetRequiredValue(output));
            var options = new RegionFeatureOptions
            {
                Detector = parsed.GetValue(config) is { } file ? DetectorConfig.Load(CheckpointFiles.Existing(config.Name, file)) : null,
                StateDictionary = parsed.GetValue(dictionary),
                Choice = parsed.GetValue(choice) == "confident" ? RegionChoice.Confident : RegionChoice.Best,
                MinRegions = parsed.GetValue(least),
                MaxRegions = parsed.GetValue(most),
                Confidence = parsed.GetValue(confidence),
                Classes = Names(parsed, classes),
                Attributes = Names(parsed, attributes),
            };
            Run(terminal, path, options, zip);
            return 0;
        });
        return command;
    }

    private static void Run(Terminal terminal, string checkpoint, RegionFeatureOptions options, string zip)
    {
        var context = new MLContext();
        var rows = context.Data.LoadFromEnumerable(Array.Empty<ImageRow>());

        // Boxes are to be in the file's own pixels.
        using var model = context.Transforms.LoadImageFiles("Image", "", nameof(ImageRow.ImagePath), new() { ShrinkAbove = null })
            .Append(context.Transforms.ExtractRegionFeatures("Image", checkpoint, options)).Fit(rows);
        terminal.Cancellation.ThrowIfCancellationRequested();
        var detector = model.LastTransformer;
        foreach (var name in detector.Match!.Unexpected) terminal.Note($"unexpected: {name}");
        context.VisionLanguage().Save(model, rows.Schema, zip);
        terminal.Note($"saved {zip}: {detector}, {detector.Classes.Count} classes, {detector.Attributes.Count} attributes");
    }

    private static IReadOnlyList<string>? Names(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } path
        ? null
        :
        [
            .. TextFile.ReadLines(CheckpointFiles.Existing(option.Name, path)).Select(line => line.Split(',')[0].Trim()).Where(name => name.Length > 0),
        ];

    private sealed class ImageRow
    {
        public string ImagePath { get; set; } = "";
    }
}
