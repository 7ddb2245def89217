using System.Text.Json;
using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>
/// COCO's objects: instances_val2017.json (images, annotations, categories) and, where there are, a detector's results, a list of image_id,
/// category_id, bbox (x y width height) and score. A list of attributes beside that of categories, and attribute_ids in annotations, say what
/// objects are like; of several the first is taken.
/// </summary>
public static class CocoDetectionDataset
{
    /// <summary>Reads images, one a row in the order of their numbers, with their objects, into memory.</summary>
    /// <param name="instancesPath">The annotations, also .json.gz.</param>
    /// <param name="resultsPath">What a detector found; null for none.</param>
    /// <param name="imageFolder">The folder of the images, such as val2017; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is not in the format, or names what the other does not have.</exception>
    public static DatasetRows<DetectionExample> Load(
        string instancesPath, string? resultsPath = null, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(instancesPath);
        if (resultsPath is not null) DatasetImages.Existing(resultsPath);
        var images = new DatasetImages(imageFolder, options);
        var files = CocoImage.Read(instancesPath);
        var (categories, attributes) = (Named("categories", "category"), new Lazy<Dictionary<Identifier, string>>(() => Named("attributes", "attribute")));
        var objects = files.Keys.ToDictionary(id => id, _ => new DetectionObjects());
        JsonRowReader.Read(instancesPath, "annotations", "annotation", row => Of(row).Add(
            Category(row), row.Box("bbox"), row.TryGet("area", out _) ? row.Number("area") : null, IsCrowd(row), Attribute(row)));
        if (resultsPath is not null)
        {
            JsonRowReader.Read(resultsPath, "annotations", "result", row => Of(row).AddFound(Category(row), row.Box("bbox"), row.Number("score")));
        }

        var inOrder = files.OrderBy(pair => pair.Key.Text.Length).ThenBy(pair => pair.Key.Text, StringComparer.Ordinal);
        return new(inOrder.Select(Example).OfType<DetectionExample>().ToList());

        DetectionObjects Of(JsonRow row) => objects.TryGetValue(row.Identifier("image_id"), out var found)
            ? found
            : throw row.Error($"there is no image {row.Identifier("image_id")} in {instancesPath}");

        Dictionary<Identifier, string> Named(string list, string what)
        {
            var names = new Dictionary<Identifier, string>();
            JsonRowReader.Read(instancesPath, list, what, row =>
            {
                if (!names.TryAdd(row.Identifier("id"), row.Text("name"))) throw row.Error($"{what} {row.Identifier("id")} stands there twice");
            });
            return names;
        }

        string Attribute(JsonRow row)
        {
            if (!row.TryGet("attribute_ids", out _)) return "";
            if (row.List("attribute_ids").EnumerateArray().Select(value => (JsonElement?)value).FirstOrDefault() is not { } first) return "";
            var id = row.Identifier("attribute_ids", first);
            return attributes.Value.TryGetValue(id, out var found) ? found : throw row.Error($"there is no attribute {id} in {instancesPath}");
        }

        string Category(JsonRow row) => categories.TryGetValue(row.Identifier("category_id"), out var name)
            ? name
            : throw row.Error($"there is no category {row.Identifier("category_id")} in {instancesPath}");

        DetectionExample? Example(KeyValuePair<Identifier, CocoImage> image)
        {
            var row = objects[image.Key].ToExample(image.Value.Width, image.Value.Height);
            return images.Name(row, image.Key, image.Value.File, problem => new InvalidDataException($"{instancesPath}: {problem}.")) ? row : null;
        }
    }

    /// <summary>pycocotools takes iscrowd alone; some files have it as a truth value.</summary>
    private static bool IsCrowd(JsonRow row) => row.TryGet("iscrowd", out var crowd)
        && (crowd.ValueKind == JsonValueKind.True || (crowd.ValueKind == JsonValueKind.Number && row.Number("iscrowd") != 0));
}
