using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Tool.Captioning;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Sharding;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl caption</c>: what a model says of images.</summary>
internal sealed class CaptionCommand(Terminal terminal)
{
    private const string Csv = ".csv";

    private static readonly char[] LineEnds = ['\r', '\n'];

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Option<string> _model = Options.Required("--model", "A model that writes captions.", "ZIP");
    private readonly Option<string?> _image = Options.Optional<string?>("--image", "The image.", "FILE");
    private readonly Option<string?> _images = Options.Optional<string?>("--images", "All images of a folder instead, folders in it included.", "FOLDER");
    private readonly Option<string?> _annotations = Options.Optional<string?>(
        "--annotations", "COCO's captions .json: of the images of --images those that it lists, by its numbers.", "FILE");

    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write a JSON object an image, one a line.");
    private readonly Option<string?> _output = Options.Optional<string?>(
        "--output", "Where captions go: COCO's results .json, for 'vl evaluate captioning', or .csv with image, caption and score.", "FILE");

    private readonly Option<string?> _report = Options.Optional<string?>("--report", "Where a page with all images and their captions goes.", "HTML");

    private readonly ShardOption _shard = new();

    public Command Create(string name)
    {
        var command = new Command(name, "Describe images in words.") { _model, _image, _images, _annotations, _json, _output, _report, _shard.Option };
        command.SetAction(parsed =>
        {
            Run(parsed);
            return 0;
        });
        return command;
    }

    private void Run(ParseResult parsed)
    {
        var output = parsed.GetValue(_output) is { } file ? OutputFile.Check(_output, file) : null;
        var report = parsed.GetValue(_report) is { } html ? OutputFile.Check(_report, html) : null;
        if (output is not null && !EndsWith(output, Csv) && !EndsWith(output, ".json"))
            throw new UsageException($"--output {parsed.GetValue(_output)}: a .json or a .csv is expected.");
        var path = CheckpointFiles.Existing(_model.Name, parsed.GetRequiredValue(_model));
        var shard = output is not null ? _shard.Of(parsed, terminal) : parsed.GetValue(_shard.Option) is null
            ? Shard.Whole
            : throw new UsageException("--shard needs --output: what 'vl merge' joins.");
        if (!shard.IsWhole && report is not null) throw new UsageException("--shard and --report exclude each other: a page has all images.");
        var all = Images(parsed);
        if (output is null)
        {
            using var model = new CaptionModel(path);
            Report(report, path, Print(parsed, model.Write([.. all.Select(image => image.File)])));
        }
        else
        {
            Report(report, path, Save(output, shard, path, all));
        }
    }

    private void Report(string? report, string model, IEnumerable<ImageCaption> written)
    {
        if (report is null) return;
        PicturePage.Write(
            report, $"Captions by {Path.GetFileName(model)}",
            written.Select(one => (Thumbnail.Of(one.File).Uri, one.File, $"{PicturePage.Escape(one.Caption)} <i>{Number(one.Score)}</i>")),
            terminal.Cancellation);
        terminal.Note($"wrote {report}");
    }

    private List<ImageCaption> Save(string output, Shard shard, string path, IReadOnlyList<(string File, string Id)> all)
    {
        using var run = ShardRun.Begin(
            shard, output, () => $"caption {ShardRecord.DigestOfFile(path)}", () => [.. all.Select(image => image.Id)], hasItems: false);
        if (run.IsDone)
        {
            terminal.Note($"shard {shard} is in {run.Path} already");
            return [];
        }

        var images = shard.Of(all);
        using var model = new CaptionModel(path);
        List<string> files = [.. images.Select(image => image.File)];
        var written = Display.Run(terminal, "captioning", meter =>
            Display.Count(model.Write(files), meter, files.Count, "captions", terminal.Cancellation).ToList());
        Save(run.Path, images, written);
        run.Complete([]);
        terminal.Note($"wrote {written.Count} captions to {run.Path}");
        return written;
    }

    private List<ImageCaption> Print(ParseResult parsed, IEnumerable<ImageCaption> captions)
    {
        var (isJson, isAlone, printed) = (parsed.GetValue(_json), parsed.GetValue(_image) is not null, new List<ImageCaption>());
        foreach (var caption in captions)
        {
            terminal.Cancellation.ThrowIfCancellationRequested();
            terminal.Output.WriteLine(Line(caption, isJson, isAlone));
            terminal.Output.Flush();
            printed.Add(caption);
        }

        return printed;
    }

    private IReadOnlyList<(string File, string Id)> Images(ParseResult parsed)
    {
        var (image, folder, annotations) = (parsed.GetValue(_image), parsed.GetValue(_images), parsed.GetValue(_annotations));
        if ((image is null) == (folder is null)) throw new UsageException("Either --image or --images is needed.");
        if (annotations is not null && folder is null) throw new UsageException("--annotations goes with --images.");
        if (image is not null) return [Named(CheckpointFiles.Existing(_image.Name, image))];
        if (annotations is null) return [.. ImageFolder.Files(folder!, skip: true, terminal).Select(Named)];
        return [.. ImageFolder.Listed(folder!, CheckpointFiles.Existing(_annotations.Name, annotations)).Select(one => (one.File, one.Id.Text))];

        static (string File, string Id) Named(string file) => (file, ImageFolder.NameOf(file));
    }

    private static string Line(ImageCaption caption, bool isJson, bool isAlone) => isJson
        ? JsonSerializer.Serialize(new { image = caption.File, caption = caption.Caption, score = caption.Score }, Readable)
        : isAlone ? OneLine(caption.Caption) : $"{caption.File}\t{OneLine(caption.Caption)}";

    private static void Save(string path, IReadOnlyList<(string File, string Id)> images, IReadOnlyList<ImageCaption> written)
    {
        if (EndsWith(path, Csv))
            SubmissionFiles.WriteLines(path, written.Select(one => $"{Cell(one.File)},{Cell(one.Caption)},{Number(one.Score)}").Prepend("image,caption,score"));
        else
            SubmissionFiles.WriteCaptions(path, images.Zip(written, (image, one) => (image.Id, one.Caption)));
    }

    private static string OneLine(string text) => string.Join(' ', text.Split(LineEnds, StringSplitOptions.RemoveEmptyEntries));

    private static string Number(float score) => score.ToString("F4", CultureInfo.InvariantCulture);

    private static string Cell(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private static bool EndsWith(string path, string ending) => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
}
