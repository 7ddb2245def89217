using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Inspection;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl convert text-detector</c>: the checkpoint of FIBER's detector to a model file.</summary>
internal static class ConvertTextDetectorCommand
{
    /// <summary>What a model asks for by itself; <c>vl ground</c> asks anything.</summary>
    private static readonly string[] Anything = ["person", "animal", "vehicle", "furniture", "food", "object"];

    public static Command Create(Terminal terminal)
    {
        var checkpoint = Options.Required("--checkpoint", "The weights: .safetensors, .bin or .pth.", "FILE");
        var dictionary = Options.Optional<string?>(CheckpointReport.StateDictionaryOption, CheckpointReport.StateDictionaryHelp, "KEY");
        var config = Options.Optional<string?>(
            "--config", "Its sizes, JSON in the reference's names; without, those of the published detector.", "FILE");
        var vocabulary = new VocabularyOptions(null);
        var classes = Options.Several<string>("--classes", "What the model looks for by itself.", "NAME");
        var cased = Options.Optional<bool>("--cased", "Keep upper case and accents; must fit a vocabulary of word pieces.");
        var output = Options.Required("--output", "The model file to write.", "ZIP");
        var command = new Command("text-detector", "Make a model file of the checkpoint of FIBER's detector; given image files, it finds what is named.")
        {
            checkpoint, dictionary, config, classes, cased, output,
        };
        foreach (var option in vocabulary.All) command.Add(option);
        command.SetAction(parsed =>
        {
            var path = CheckpointFiles.Existing(checkpoint.Name, parsed.GetRequiredValue(checkpoint));
            var zip = OutputFile.Check(output, parsed.GetRequiredValue(output));
            var words = vocabulary.Load(parsed, CheckpointFiles.Existing("--vocabulary", parsed.GetValue(vocabulary.File)!));
            var options = new TextDetectorOptions
            {
                Detector = parsed.GetValue(config) is { } file ? FiberDetectorConfig.Load(CheckpointFiles.Existing(config.Name, file)) : null,
                StateDictionary = parsed.GetValue(dictionary),
                Uncased = !parsed.GetValue(cased),
            };
            var names = parsed.GetValue(classes) is { Length: > 0 } given ? given : Anything;
            var context = new MLContext();
            var rows = context.Data.LoadFromEnumerable(Array.Empty<ImageRow>());

            // Boxes are to be in the file's own pixels.
            using var model = context.Transforms.LoadImageFiles("Image", "", nameof(ImageRow.ImagePath), new() { ShrinkAbove = null })
                .Append(context.Transforms.DetectObjects("Image", names, path, words, options)).Fit(rows);
            terminal.Cancellation.ThrowIfCancellationRequested();
            foreach (var name in model.LastTransformer.Match!.Unexpected) terminal.Note($"unexpected: {name}");
            context.VisionLanguage().Save(model, rows.Schema, zip);
            terminal.Note($"saved {zip}: {model.LastTransformer}");
            return 0;
        });
        return command;
    }

    private sealed class ImageRow
    {
        public string ImagePath { get; set; } = "";
    }
}
