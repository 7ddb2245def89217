using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>An expression that means an object of a picture of COCO.</summary>
public sealed class ReferringExample : GroundingExample
{
    /// <summary>The number of the reference, which has several expressions (column ReferenceId, Text).</summary>
    public string ReferenceId { get; set; } = "";

    /// <summary>The number of the expression (column SentenceId, Text).</summary>
    public string SentenceId { get; set; } = "";

    /// <summary>The object's class (column Category, Text); empty when the instances name none.</summary>
    public string Category { get; set; } = "";

    /// <summary>The part it belongs to: train, val, testA, testB, test (column Split, Text).</summary>
    public string Split { get; set; } = "";
}

/// <summary>
/// RefCOCO, RefCOCO+, RefCOCOg and RefCLEF in the form of the refer toolbox (github.com/lichengunc/refer): a pickled list of references,
/// refs(unc).p, and instances.json with the objects' boxes. The pickle is read by the reader of checkpoints, which runs nothing.
/// </summary>
public static class RefCocoDataset
{
    /// <summary>Reads expressions, one a row, into memory: the largest of these data sets has some 140,000.</summary>
    /// <param name="refsPath">refs(unc).p, refs(google).p, refs(umd).p.</param>
    /// <param name="instancesPath">instances.json of the same folder.</param>
    /// <param name="split">The part to read, such as "testA"; null for all.</param>
    /// <param name="imageFolder">The folder of the images, such as train2014; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is not in the format, or names what the other does not have.</exception>
    public static DatasetRows<ReferringExample> Load(
        string refsPath, string instancesPath, string? split = null, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(instancesPath);
        var images = new DatasetImages(imageFolder, options);
        var references = PickleRow.ReadList(DatasetImages.Existing(refsPath), "reference");
        var files = CocoImage.Read(instancesPath);
        var categories = new Dictionary<Identifier, string>();
        JsonRowReader.Read(instancesPath, "categories", "category", row => categories[row.Identifier("id")] = row.Text("name"));
        var boxes = new Dictionary<Identifier, float[]>();
        var objects = new Dictionary<Identifier, List<float>>();
        JsonRowReader.Read(instancesPath, "annotations", "annotation", row =>
        {
            var box = boxes[row.Identifier("id")] = row.Box("bbox");
            if (!row.TryGet("image_id", out _)) return;
            if (!objects.TryGetValue(row.Identifier("image_id"), out var all)) objects[row.Identifier("image_id")] = all = [];
            all.AddRange(box);
        });
        var ofImage = objects.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());
        return new(references.SelectMany(Expressions).ToList());

        IEnumerable<ReferringExample> Expressions(PickleRow reference)
        {
            var part = reference.Text("split");
            if (split is not null && part != split) yield break;
            Identifier annotation = reference.Integer("ann_id"), id = reference.Integer("image_id");
            if (!boxes.TryGetValue(annotation, out var box)) throw reference.Error($"there is no annotation {annotation} in {instancesPath}");
            if (!files.TryGetValue(id, out var image)) throw reference.Error($"there is no image {id} in {instancesPath}");
            foreach (var sentence in reference.Items("sentences"))
            {
                var row = new ReferringExample
                {
                    ReferenceId = $"{reference.Integer("ref_id")}",
                    SentenceId = $"{sentence.Integer("sent_id")}",
                    Expression = sentence.Text("sent"),
                    Boxes = box,
                    ObjectBoxes = ofImage.GetValueOrDefault(id) ?? [],
                    ImageSize = [image.Width, image.Height],
                    Category = categories.GetValueOrDefault((Identifier)reference.Integer("category_id")) ?? "",
                    Split = part,
                };
                if (images.Name(row, id, image.File, reference.Error)) yield return row;
            }
        }
    }
}
