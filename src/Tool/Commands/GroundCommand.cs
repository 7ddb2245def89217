using System.CommandLine;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Detecting;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl ground</c>: where in images what is named is.</summary>
internal sealed class GroundCommand(Terminal terminal)
{
    private readonly Option<string> _model = Options.Required("--model", "The model file, of 'vl convert text-detector'.", "ZIP");
    private readonly Option<string?> _image = Options.Optional<string?>("--image", "The image.", "FILE");
    private readonly Option<string?> _images = Options.Optional<string?>("--images", "All images of a folder instead, a line of JSON each.", "DIR");
    private readonly Option<int?> _top = Options.Optional<int?>("--top", "The most boxes of an image; without, the detector's, 100.", "N");
    private readonly Option<float?> _least = Options.Optional<float?>("--least", "What a score must be above; without, the detector's, 0.05.", "P");
    private readonly Option<string?> _output = Options.Optional<string?>("--output", "Where the image with its boxes goes.", "PNG");
    private readonly Option<string?> _report = Options.Optional<string?>("--report", "Where a page with all images and their boxes goes.", "HTML");

    private readonly Option<string[]> _classes = Options.Several<string>("--classes", "Names of classes; all their objects are looked for.", "NAME");
    private readonly Option<string?> _caption = Options.Optional<string?>("--caption", "A text instead; what it names is looked for.", "TEXT");
    private readonly Option<string[]> _phrases = Options.Several<string>(
        "--phrases", "Parts of --caption that are looked for; without, what lies between its punctuation, prepositions and the like.", "TEXT");
    private readonly Option<bool> _whole = Options.Optional<bool>("--whole", "All of --caption means one thing, which gets one box.");

    public Command Create()
    {
        var command = new Command("ground", "Find what is named, objects of classes or what a text names: JSON with a box and a score each.");
        foreach (var option in (Option[])[_model, _image, _images, _classes, _caption, _phrases, _whole, _top, _least, _output, _report])
            command.Add(option);
        command.SetAction(parsed =>
        {
            var (title, find) = Ask(parsed);
            Run(parsed, title, find);
            return 0;
        });
        return command;
    }

    private (string Title, Func<DetectorModel, string, TextDetectorOptions, FoundBoxes> Find) Ask(ParseResult parsed)
    {
        var (classes, phrases, isWhole) = (parsed.GetValue(_classes)!, parsed.GetValue(_phrases)!, parsed.GetValue(_whole));
        if (parsed.GetValue(_caption) is not { } caption)
        {
            if (classes.Length == 0) throw new UsageException("Either --classes or --caption is needed: what is looked for.");
            if (phrases.Length > 0 || isWhole) throw new UsageException("--phrases and --whole go with --caption.");
            return (string.Join(", ", classes), (model, path, options) => model.Detect(path, classes, options));
        }

        if (classes.Length > 0) throw new UsageException("--classes and --caption exclude each other.");
        if (string.IsNullOrWhiteSpace(caption)) throw new UsageException("--caption is empty.");
        if (isWhole && phrases.Length > 0) throw new UsageException("--whole and --phrases exclude each other.");
        return (caption, (model, path, options) => isWhole ? model.Locate(path, caption, options) : model.Ground(path, caption, phrases, options));
    }

    private void Run(ParseResult parsed, string title, Func<DetectorModel, string, TextDetectorOptions, FoundBoxes> find)
    {
        var files = Files(parsed);
        var output = parsed.GetValue(_output) is { } png ? OutputFile.Check(_output, png) : null;
        var report = parsed.GetValue(_report) is { } html ? OutputFile.Check(_report, html) : null;
        if (output is not null && parsed.GetValue(_image) is null) throw new UsageException("--output goes with --image; a folder's images are in --report.");
        if (output is not null && !output.EndsWith(".png", StringComparison.OrdinalIgnoreCase)) throw new UsageException("--output: a .png is expected.");
        if (parsed.GetValue(_top) is < 1) throw new UsageException($"--top {parsed.GetValue(_top)}: at least 1 is needed.");
        using var model = new DetectorModel(CheckpointFiles.Existing(_model.Name, parsed.GetRequiredValue(_model)));
        var all = new List<FoundBoxes>();
        foreach (var file in files)
        {
            terminal.Cancellation.ThrowIfCancellationRequested();
            var found = find(model, file, new() { Detections = parsed.GetValue(_top), LeastScore = parsed.GetValue(_least) });
            terminal.Output.WriteLine(found.ToJson());
            terminal.Output.Flush();
            if (output is not null) Paint(found, output);
            if (report is not null) all.Add(found);
        }

        if (report is null) return;
        BoxReport.Write(report, title, all, terminal.Cancellation);
        terminal.Note($"wrote {report}");
    }

    private IReadOnlyList<string> Files(ParseResult parsed) => (parsed.GetValue(_image), parsed.GetValue(_images)) switch
    {
        ({ } image, null) => [CheckpointFiles.Existing(_image.Name, image)],
        (null, { } folder) => ImageFolder.Files(folder, skip: true, terminal),
        _ => throw new UsageException("Either --image or --images is needed."),
    };

    private static void Paint(FoundBoxes found, string path)
    {
        using var image = ImageFile.Load(found.Image, new LoadImageFilesOptions { ShrinkAbove = null });
        using var drawn = BoxPainter.Draw(image, [.. found.Found.Select(box => (box.Box, box.Number))]);
        drawn.Save(path);
    }
}
