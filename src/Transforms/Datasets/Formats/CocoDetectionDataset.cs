using System.Text.Json;
using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>
/// COCO's objects: instances_val2017.json (images, annotations, categories) and, where there are, a detector's results, a list of image_id,
/// category_id, bbox (x y width height) and score. A list of attributes beside that of categories, and attribute_ids in annotations, say what
/// objects are like; of several the first is taken. LVIS's files are alike, and tell of each image of which classes there is nothing and of which
/// more than is marked. A folder of pictures with its annotations beside them (ODinW, Roboflow) is read as its file.
/// </summary>
public static class CocoDetectionDataset
{
    /// <summary>What annotations beside their pictures are called.</summary>
    private static readonly string[] FilesOfFolders = ["annotations_without_background.json", "_annotations.coco.json"];

    /// <summary>The annotations in a folder of pictures; null where there are none.</summary>
    internal static string? FileOf(string folder) => FilesOfFolders.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>How often classes are, as LVIS's files tell: "r" for rare, "c" for common, "f" for frequent.</summary>
    /// <param name="instancesPath">The annotations, also .json.gz.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not in the format, or does not tell.</exception>
    public static IReadOnlyDictionary<string, string> Frequencies(string instancesPath)
    {
        var frequencies = new Dictionary<string, string>(StringComparer.Ordinal);
        JsonRowReader.Read(
            DatasetImages.Existing(instancesPath), "categories", "category", row => frequencies[row.Text("name")] = row.Text("frequency"));
        return frequencies;
    }

    /// <summary>Reads images, one a row in the order of their numbers, with their objects, into memory.</summary>
    /// <param name="instancesPath">The annotations, also .json.gz; or the folder of pictures that they lie in.</param>
    /// <param name="resultsPath">What a detector found; null for none.</param>
    /// <param name="imageFolder">The folder of the images, such as val2017; null for names alone, of a folder of pictures for that.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is not in the format, or names what the other does not have.</exception>
    public static DatasetRows<DetectionExample> Load(
        string instancesPath, string? resultsPath = null, string? imageFolder = null, DatasetOptions? options = null)
    {
        if (Directory.Exists(instancesPath) && FileOf(instancesPath) is { } beside) (instancesPath, imageFolder) = (beside, imageFolder ?? instancesPath);
        DatasetImages.Existing(instancesPath);
        if (resultsPath is not null) DatasetImages.Existing(resultsPath);
        var images = new DatasetImages(imageFolder, options);
        var (categories, attributes) = (Named("categories", "category"), new Lazy<Dictionary<Identifier, string>>(() => Named("attributes", "attribute")));
        var told = new Dictionary<Identifier, (string[] Negative, string[] Open)>();
        var files = CocoImage.Read(instancesPath, row => told[row.Identifier("id")] = (
            CategoriesOf(row, "neg_category_ids"), CategoriesOf(row, "not_exhaustive_category_ids")));
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

        string[] CategoriesOf(JsonRow row, string list) => row.TryGet(list, out _)
            ? [.. row.List(list).EnumerateArray().Select(value => NameOf(row, row.Identifier(list, value)))]
            : [];

        string Category(JsonRow row) => NameOf(row, row.Identifier("category_id"));

        string NameOf(JsonRow row, Identifier category) => categories.TryGetValue(category, out var name)
            ? name
            : throw row.Error($"there is no category {category} in {instancesPath}");

        DetectionExample? Example(KeyValuePair<Identifier, CocoImage> image)
        {
            var row = objects[image.Key].ToExample(image.Value.Width, image.Value.Height);
            (row.NegativeLabels, row.OpenLabels) = told[image.Key];
            return images.Name(row, image.Key, image.Value.File, problem => new InvalidDataException($"{instancesPath}: {problem}.")) ? row : null;
        }
    }

    /// <summary>pycocotools takes iscrowd alone; some files have it as a truth value.</summary>
    private static bool IsCrowd(JsonRow row) => row.TryGet("iscrowd", out var crowd)
        && (crowd.ValueKind == JsonValueKind.True || (crowd.ValueKind == JsonValueKind.Number && row.Number("iscrowd") != 0));
}
