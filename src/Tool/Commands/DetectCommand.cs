using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Extracting;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl detect</c>: what a detector finds in the images of COCO's annotations, as COCO's results.</summary>
internal sealed class DetectCommand(Terminal terminal)
{
    private readonly Option<string> _annotations = Options.Required(
        "--annotations", "COCO's instances .json: which images, and the numbers of classes.", "FILE");
    private readonly Option<string> _images = Options.Required("--images", "The folder of the images.", "FOLDER");
    private readonly Option<string> _detector = Options.Required(
        "--detector", $"{string.Join(", ", RegionExtractor.Detectors.Keys)}, or a model file that finds regions of classes.", "NAME|ZIP");
    private readonly Option<float?> _threshold = Options.Optional<float?>(
        "--threshold", "Above which score an object is found, of a detector with a name.", "P");
    private readonly Option<string> _output = Options.Required("--output", "The results, for 'vl evaluate detection'.", "JSON");

    public Command Create()
    {
        var command = new Command("detect", "Write what a detector finds in the images of COCO's annotations.")
        {
            _annotations, _images, _detector, _threshold, _output,
        };
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var annotations = parsed.GetRequiredValue(_annotations);
        var output = OutputFile.Check(_output, parsed.GetRequiredValue(_output));
        var detector = parsed.GetRequiredValue(_detector);
        var threshold = parsed.GetValue(_threshold);
        if (threshold is not null && !RegionExtractor.Detectors.ContainsKey(detector))
            throw new UsageException($"--detector {detector} and --threshold exclude each other: the model file brings that.");
        var numbers = new Dictionary<string, Identifier>(StringComparer.Ordinal);
        JsonRowReader.Read(annotations, "categories", "category", row => numbers[row.Text("name")] = row.Identifier("id"));
        var folder = parsed.GetRequiredValue(_images);
        var images = CocoImage.Read(annotations).Select(image => (Id: image.Key, Path: Path.Combine(folder, image.Value.File))).ToList();
        if (images.FirstOrDefault(image => !File.Exists(image.Path)) is { Path: { } missing })
            throw new FileNotFoundException($"--images: the file '{missing}' of {annotations} does not exist.", missing);
        var context = new MLContext();
        using var extractor = RegionExtractor.OpenDetector(detector, threshold, context);
        var rows = images.Select(image => new ExtractedImage { ImageId = image.Id.Text, ImagePath = image.Path });
        var view = extractor.Transform(context.Data.LoadFromEnumerable(rows));
        var found = Display.Run(terminal, "detecting", meter =>
            Display.Count(Objects(view), meter, images.Count, "images", terminal.Cancellation).ToList());
        var unknown = found.SelectMany(regions => regions.Select(region => region.Class)).Where(name => !numbers.ContainsKey(name)).Distinct().ToList();
        if (unknown.Count > 0) terminal.Note($"left out what {annotations} has no category of: {string.Join(", ", unknown)}");
        AtomicFile.Write(output, stream => Write(stream, images.Zip(found, (image, regions) => (image.Id, regions)), numbers));
        terminal.Note($"wrote {found.Sum(regions => regions.Count)} objects of {images.Count} images to {output}");
        return 0;
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
