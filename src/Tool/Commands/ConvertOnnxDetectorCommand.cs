using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl convert onnx-detector</c>: somebody else's detector to a model file that finds regions in image files.</summary>
internal sealed class ConvertOnnxDetectorCommand(Terminal terminal)
{
    private readonly Option<string> _model = Options.Required("--model", "The detector: .onnx, or the model.json of TensorFlow.js.", "FILE");
    private readonly OnnxDetectorOption _detector = new();
    private readonly Option<string> _output = Options.Required("--output", "The model file to write.", "ZIP");

    public Command Create()
    {
        var command = new Command("onnx-detector", "Make a model file of any ONNX detector; given image files, it finds regions.") { _model, _output };
        foreach (var option in _detector.All) command.Add(option);
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var path = CheckpointFiles.Existing(_model.Name, parsed.GetRequiredValue(_model));
        var zip = OutputFile.Check(_output, parsed.GetRequiredValue(_output));
        var context = new MLContext();
        var rows = context.Data.LoadFromEnumerable(Array.Empty<ImageRow>());

        // Boxes are to be in the file's own pixels.
        using var model = context.Transforms.LoadImageFiles("Image", "", nameof(ImageRow.ImagePath), new() { ShrinkAbove = null })
            .Append(context.Transforms.DetectRegions("Image", path, _detector.Detector(parsed), _detector.Read(parsed))).Fit(rows);
        terminal.Cancellation.ThrowIfCancellationRequested();
        context.VisionLanguage().Save(model, rows.Schema, zip);
        terminal.Note($"saved {zip}: {model.LastTransformer}");
        return 0;
    }

    private sealed class ImageRow
    {
        public string ImagePath { get; set; } = "";
    }
}

/// <summary><c>vl convert tfjs</c>: a graph model of TensorFlow.js to ONNX.</summary>
internal static class ConvertTensorFlowJsCommand
{
    public static Command Create(Terminal terminal)
    {
        var model = Options.Required("--model", "The model.json; its weights lie beside it.", "FILE");
        var values = Options.Several<string>("--values", "Nodes whose values are outputs too.", "NAME");
        var output = Options.Required("--output", "The .onnx file to write.", "FILE");
        var command = new Command("tfjs", "Write a graph model of TensorFlow.js as ONNX.") { model, values, output };
        command.SetAction(parsed =>
        {
            var path = CheckpointFiles.Existing(model.Name, parsed.GetRequiredValue(model));
            var onnx = OutputFile.Check(output, parsed.GetRequiredValue(output));
            TensorFlowJsModel.ToOnnx(path, onnx, parsed.GetValue(values));
            terminal.Note($"saved {onnx}: {new FileInfo(onnx).Length} bytes");
            return 0;
        });
        return command;
    }
}
