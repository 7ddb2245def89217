using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Retrieving;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl retrieve</c>: finds the images that suit texts, by a model of retrieval or of pre-training.</summary>
internal sealed class RetrieveCommand(Retrieval task, Terminal terminal)
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Option<string> _model = Options.Required("--model", "A model of retrieval, or of pre-training.", "ZIP");
    private readonly Option<string?> _images = Options.Optional<string?>(
        "--images", "The folder of the images, folders in it included; beside --features it has the pictures of the report.", "FOLDER");

    private readonly Option<string[]> _features = Options.Several<string>(
        "--features", "Files or folders with the regions of the images (.tsv, .safetensors, .npz, LMDB, HDF5), for a model that is given regions.", "FILE");

    private readonly Option<string[]> _query = Options.Several<string>("--query", "What to look for; several are looked for at once.", "TEXT");
    private readonly Option<string?> _queries = Options.Optional<string?>("--queries", "A file with a query a line.", "FILE");
    private readonly Option<int> _top = Options.Default("--top", "How many images to show for a query.", 10, "N");
    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write a JSON object a query, one a line.");
    private readonly Option<string?> _report = Options.Optional<string?>("--report", "Write a page with the pictures found.", "HTML");
    private readonly Option<bool> _skip = Options.Optional<bool>("--skip-problems", "Leave images out that cannot be read, and count them.");
    private readonly Option<bool> _strict = Options.Strict();
    private readonly SecondLook _second = new();

    public Command Create()
    {
        var command = new Command("retrieve", "Find the images that suit a text.")
        {
            _model, _query, _queries, _images, _features, _top, _json, _report, _skip, _strict,
        };
        foreach (var option in _second.All) command.Add(option);
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var top = parsed.GetValue(_top);
        if (top < 1) throw new UsageException($"--top {top}: at least 1 is needed.");
        _second.Check(parsed);
        var report = parsed.GetValue(_report) is { } page ? OutputFile.Check(_report, page) : null;
        CaptionExample[] queries = [.. Queries(parsed).Select((text, i) => new CaptionExample { CaptionId = $"{i + 1}", Caption = text })];
        var path = parsed.GetRequiredValue(_model);
        using var model = ModelFile.Load(path, task, terminal);
        if (parsed.GetValue(_strict)) model.RequireWholeTexts(task, queries);
        var features = parsed.GetValue(_features)!;
        var images = Images(parsed, features, model);
        var scores = Display.Run(terminal, "scoring", meter =>
            model.ScoreAllPairs(task, queries, images, features, Named, meter, terminal.Cancellation));
        var orders = _second.Order(parsed, task, queries, images, scores, features, Named, terminal);
        FoundImages[] found = [.. queries.Zip(orders, (query, order) => new FoundImages(query.Caption, [.. Best(order)]))];
        foreach (var (i, one) in found.Index()) Write(one, parsed.GetValue(_json), found.Length == 1, isFirst: i == 0);
        terminal.Output.Flush();
        if (report is null) return 0;
        ContactSheet.Write(report, path, images.Count, found, terminal.Cancellation);
        terminal.Note($"wrote {report}");
        return 0;

        IEnumerable<FoundImage> Best(IReadOnlyList<(int Image, float Score)> order) => order.Take(top).Select((one, place) =>
            new FoundImage(place + 1, Named(images[one.Image]).Images[0].Name, images[one.Image].ImagePath, one.Score));

        // The picture of an image with features serves the page alone.
        RowFacts Named(CaptionExample image) => new($"image {image.ImageId}", "", features.Length > 0 ? "" : image.ImagePath, image.ImageId);
    }

    private List<string> Queries(ParseResult parsed)
    {
        var queries = parsed.GetValue(_query)!.ToList();
        if (queries.Any(string.IsNullOrWhiteSpace)) throw new UsageException("--query is empty.");
        if (parsed.GetValue(_queries) is { } file)
        {
            if (!File.Exists(file)) throw new FileNotFoundException($"--queries: the file '{file}' does not exist.", file);
            queries.AddRange(TextFile.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0));
            if (queries.Count == 0) throw new InvalidDataException($"--queries: '{file}' has no line with a text.");
        }

        return queries.Count > 0 ? queries : throw new UsageException("--query or --queries is needed: what to look for.");
    }

    private IReadOnlyList<CaptionExample> Images(ParseResult parsed, string[] features, ModelFile model)
    {
        var folder = parsed.GetValue(_images);
        if (folder is not null && !Directory.Exists(folder)) throw new DirectoryNotFoundException($"--images: the folder '{folder}' does not exist.");
        string[] files = features.Length > 0 || folder is not null ? features :
        [
            .. model.Parts.OfType<LoadRegionFeaturesTransformer>().SelectMany(part => part.Paths)
                .Where(file => RegionFeatureFormats.Find(file) is not null),
        ];
        if (files.Length > 0)
        {
            var resolver = folder is null ? null : new ImageFileResolver(folder);
            return
            [
                .. new RegionFeatureFiles(files).ImageIds.Select(id => new CaptionExample
                {
                    ImageId = id,
                    ImagePath = resolver?.Resolve(new VqaQuestion(id, id, "", null, null), null) ?? "",
                }),
            ];
        }

        if (folder is null) throw new UsageException("--images or --features is needed: where to look.");
        return
        [
            .. ImageFolder.Files(folder, parsed.GetValue(_skip), terminal)
                .Select(file => new CaptionExample { ImagePath = file, ImageId = ImageFolder.NameOf(file) }),
        ];
    }

    private void Write(FoundImages found, bool json, bool isOnly, bool isFirst)
    {
        if (json)
        {
            var images = found.Images.Select(image => new { rank = image.Rank, image = image.Name, score = image.Score });
            terminal.Output.WriteLine(JsonSerializer.Serialize(new { query = found.Query, images }, Readable));
            return;
        }

        if (!isFirst) terminal.Output.WriteLine();
        if (!isOnly) terminal.Output.WriteLine(found.Query);
        foreach (var image in found.Images)
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{image.Rank,3}  {image.Score,8:F4}  {image.Name}"));
    }
}
