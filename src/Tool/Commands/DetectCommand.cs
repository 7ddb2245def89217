using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Detecting;
using MLNet.VisionLanguage.Tool.Extracting;
using MLNet.VisionLanguage.Tool.Sharding;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary>
/// <c>vl detect</c>: what a detector finds, of the classes that one that reads is told in any images, or in the images of COCO's annotations as
/// COCO's results.
/// </summary>
internal sealed class DetectCommand(Terminal terminal)
{
    private readonly ImageSearch _search = new(terminal);
    private readonly Option<string?> _annotations = Options.Optional<string?>(
        "--annotations", "COCO's instances .json: which images of --images, and the numbers of classes; --output is COCO's results.", "FILE");
    private readonly Option<string?> _detector = Options.Optional<string?>(
        "--detector", $"With --annotations: {string.Join(", ", RegionExtractor.Detectors.Keys)}, or a model file that finds regions of classes.", "NAME|ZIP");
    private readonly Option<float?> _threshold = Options.Optional<float?>(
        "--threshold", "Above which score an object is found, of a detector with a name.", "P");

    private readonly ShardOption _shard = new();

    public Command Create()
    {
        var command = new Command(
            "detect", "Find objects: of classes that are named, with --model, as JSON; or what a detector finds in the images of COCO's annotations.");
        _search.Output.Description = "Where the image with its boxes goes; with --annotations the results, for 'vl evaluate detection'.";
        _search.Output.HelpName = "PNG|JSON";
        foreach (var option in (Option[])[_search.Model, .. _search.All, _search.Images, _annotations, _detector, _threshold, _shard.Option, _search.Output])
            command.Add(option);
        command.SetAction(parsed => parsed.GetValue(_annotations) is { } annotations ? Run(parsed, annotations) : Search(parsed));
        return command;
    }

    /// <summary>Asks a detector that reads.</summary>
    private int Search(ParseResult parsed)
    {
        if (parsed.GetValue(_detector) is not null || parsed.GetValue(_threshold) is not null)
            throw new UsageException("--detector and --threshold go with --annotations; a detector that reads is --model.");
        if (parsed.GetValue(_shard.Option) is not null) throw new UsageException("--shard goes with --annotations, whose --output 'vl merge' joins.");
        var classes = _search.Classes(parsed);
        if (classes.Length == 0) throw new UsageException("--classes is needed: what is looked for.");
        return _search.Run(parsed, string.Join(", ", classes), (model, path, options) => model.Detect(path, classes, options));
    }

    private int Run(ParseResult parsed, string annotations)
    {
        if (parsed.GetValue(_search.Model) is not null) throw new UsageException("--model and --annotations exclude each other.");
        var output = OutputFile.Check(_search.Output, Needed(_search.Output));
        var detector = Needed(_detector);
        var threshold = parsed.GetValue(_threshold);
        if (threshold is not null && !RegionExtractor.Detectors.ContainsKey(detector))
            throw new UsageException($"--detector {detector} and --threshold exclude each other: the model file brings that.");
        var numbers = new Dictionary<string, Identifier>(StringComparer.Ordinal);
        JsonRowReader.Read(annotations, "categories", "category", row => numbers[row.Text("name")] = row.Identifier("id"));
        var folder = Needed(_search.Images);
        var all = ImageFolder.Listed(folder, annotations);
        var shard = _shard.Of(parsed, terminal);
        using var run = ShardRun.Begin(
            shard, output,
            () => $"detect {(File.Exists(detector) ? ShardRecord.DigestOfFile(detector) : detector)} {threshold} {ShardRecord.DigestOfFile(annotations)}",
            () => [.. all.Select(image => image.Id.Text)], hasItems: false);
        if (run.IsDone)
        {
            terminal.Note($"shard {shard} is in {run.Path} already");
            return 0;
        }

        var images = shard.Of(all);
        var context = new MLContext();
        using var extractor = RegionExtractor.OpenDetector(detector, threshold, context);
        var rows = images.Select(image => new ExtractedImage { ImageId = image.Id.Text, ImagePath = image.File });
        var view = extractor.Transform(context.Data.LoadFromEnumerable(rows));
        var found = Display.Run(terminal, "detecting", meter =>
            Display.Count(Objects(view), meter, images.Count, "images", terminal.Cancellation).ToList());
        var unknown = found.SelectMany(regions => regions.Select(region => region.Class)).Where(name => !numbers.ContainsKey(name)).Distinct().ToList();
        if (unknown.Count > 0) terminal.Note($"left out what {annotations} has no category of: {string.Join(", ", unknown)}");
        AtomicFile.Write(run.Path, stream => Write(stream, images.Zip(found, (image, regions) => (image.Id, regions)), numbers));
        terminal.Note($"wrote {found.Sum(regions => regions.Count)} objects of {images.Count} images to {run.Path}");
        run.Complete([]);
        return 0;

        string Needed(Option<string?> option) =>
            parsed.GetValue(option) ?? throw new UsageException($"--annotations needs {option.Name}.");
    }

    private static void Write(Stream stream, IEnumerable<(Identifier Image, List<DetectedObject> Objects)> found, Dictionary<string, Identifier> numbers)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartArray();
        foreach (var (image, objects) in found)
        {
            foreach (var one in objects.Where(one => numbers.ContainsKey(one.Class)))
            {
                json.WriteStartObject();
                WriteIdentifier("image_id", image);
                WriteIdentifier("category_id", numbers[one.Class]);
                json.WriteStartArray("bbox");
                foreach (var value in new[] { one.Box[0], one.Box[1], one.Box[2] - one.Box[0], one.Box[3] - one.Box[1] }) json.WriteNumberValue(value);
                json.WriteEndArray();
                json.WriteNumber("score", one.Score);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();

        void WriteIdentifier(string name, Identifier value)
        {
            json.WritePropertyName(name);
            JsonSerializer.Serialize(json, value);
        }
    }

    private static IEnumerable<List<DetectedObject>> Objects(IDataView view)
    {
        var columns = new[] { "RegionBoxes", "RegionScores", "RegionClasses" }.Select(name => view.Schema[name]).ToArray();
        VBuffer<ReadOnlyMemory<char>> names = default;
        columns[2].Annotations.GetValue("KeyValues", ref names);
        var texts = names.DenseValues().Select(name => name.ToString()).ToArray();
        using var cursor = view.GetRowCursor(columns);
        ValueGetter<VBuffer<float>> boxes = cursor.GetGetter<VBuffer<float>>(columns[0]), scores = cursor.GetGetter<VBuffer<float>>(columns[1]);
        var classes = cursor.GetGetter<VBuffer<uint>>(columns[2]);
        while (cursor.MoveNext())
        {
            VBuffer<float> box = default, score = default;
            VBuffer<uint> key = default;
            boxes(ref box);
            scores(ref score);
            classes(ref key);
            var regions = box.DenseValues().Chunk(4).Zip(score.DenseValues(), key.DenseValues());
            yield return [.. regions.Select(region => new DetectedObject(region.First, region.Second, texts[region.Third - 1]))];
        }
    }

    private sealed record DetectedObject(float[] Box, float Score, string Class);
}
