using System.CommandLine;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Detecting;

/// <summary>The options and the work of looking for something in images with a detector that reads.</summary>
/// <param name="terminal">Where results and notes go.</param>
internal sealed class ImageSearch(Terminal terminal)
{
    private readonly Option<string?> _image = Options.Optional<string?>("--image", "The image.", "FILE");
    private readonly Option<string[]> _classes = Options.Several<string>(
        "--classes", "Names of classes, also with commas between them; all their objects are looked for.", "NAME");
    private readonly Option<int?> _top = Options.Optional<int?>("--top", "The most boxes of an image; without, the detector's, 100.", "N");
    private readonly Option<float?> _least = Options.Optional<float?>("--least", "What a score must be above; without, the detector's, 0.05.", "P");
    private readonly Option<string?> _report = Options.Optional<string?>("--report", "Where a page with all images and their boxes goes.", "HTML");

    public Option<string?> Model { get; } = Options.Optional<string?>(
        "--model", "The model file, of 'vl convert text-detector' or 'vl train text-detector'.", "ZIP");

    public Option<string?> Images { get; } = Options.Optional<string?>("--images", "All images of a folder instead, a line of JSON each.", "DIR");

    public Option<string?> Output { get; } = Options.Optional<string?>("--output", "Where the image with its boxes goes.", "PNG");

    /// <summary>Those that every search has, besides the three above.</summary>
    public IEnumerable<Option> All => [_image, _classes, _top, _least, _report];

    /// <summary>The classes that are named; none when the option is left out.</summary>
    public string[] Classes(ParseResult parsed) =>
    [
        .. parsed.GetValue(_classes)!
            .SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct(),
    ];

    /// <summary>Looks for something in the image or images, and writes what is found.</summary>
    /// <param name="parsed">The options.</param>
    /// <param name="title">What is looked for.</param>
    /// <param name="find">Looks into an image file.</param>
    public int Run(ParseResult parsed, string title, Func<DetectorModel, string, TextDetectorOptions, FoundBoxes> find)
    {
        var files = Files(parsed);
        var output = parsed.GetValue(Output) is { } png ? OutputFile.Check(Output, png) : null;
        var report = parsed.GetValue(_report) is { } html ? OutputFile.Check(_report, html) : null;
        if (output is not null && parsed.GetValue(_image) is null) throw new UsageException("--output goes with --image; a folder's images are in --report.");
        if (output is not null && !output.EndsWith(".png", StringComparison.OrdinalIgnoreCase)) throw new UsageException("--output: a .png is expected.");
        if (parsed.GetValue(_top) is < 1) throw new UsageException($"--top {parsed.GetValue(_top)}: at least 1 is needed.");
        var path = parsed.GetValue(Model) ?? throw new UsageException("--model is needed: a detector that reads.");
        using var model = new DetectorModel(CheckpointFiles.Existing(Model.Name, path));
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

        if (report is null) return 0;
        BoxReport.Write(report, title, all, terminal.Cancellation);
        terminal.Note($"wrote {report}");
        return 0;
    }

    private IReadOnlyList<string> Files(ParseResult parsed) => (parsed.GetValue(_image), parsed.GetValue(Images)) switch
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
