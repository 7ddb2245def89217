using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>A caption of an image, for retrieval and pre-training.</summary>
public class CaptionExample : ImageExample
{
    /// <summary>What the data set calls the caption, or its line (column CaptionId, Text).</summary>
    public string CaptionId { get; set; } = "";

    /// <summary>The caption (column Caption, Text).</summary>
    public string Caption { get; set; } = "";
}

/// <summary>An image with all its captions, for measuring others.</summary>
public sealed class CaptionedImage : ImageExample
{
    /// <summary>What the data set calls the image, as results name it (column ImageNumber, Text).</summary>
    public string ImageNumber { get; set; } = "";

    /// <summary>What people say of it (column References, Vector&lt;Text&gt;).</summary>
    public string[] References { get; set; } = [];

    /// <summary>What a results file says of it (column Caption, Text); empty without one.</summary>
    public string Caption { get; set; } = "";
}

/// <summary>The captions of COCO (cocodataset.org), captions_train2014.json and others: lists "images" and "annotations".</summary>
public static class CocoCaptionsDataset
{
    /// <summary>Opens captions, in the order of "annotations".</summary>
    /// <param name="path">A captions file, .json or .json.gz.</param>
    /// <param name="imageFolder">The folder of the images; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static DatasetRows<CaptionExample> Load(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        var files = new Lazy<Dictionary<Identifier, CocoImage>>(() => CocoImage.Read(path));
        return new(JsonRowReader.Rows(path, "annotations", "annotation", row =>
        {
            var example = new CaptionExample { CaptionId = row.Identifier("id").Text, Caption = row.Text("caption").Trim() };
            var id = row.Identifier("image_id");
            if (!files.Value.TryGetValue(id, out var image)) throw row.Error($"there is no image {id} in the list 'images'");
            return images.Name(example, id, image.File, row.Error) ? example : null;
        }).OfType<CaptionExample>());
    }

    /// <summary>Opens images with all their captions, a row each, in the order of "images"; images without captions are left out.</summary>
    /// <param name="path">A captions file, .json or .json.gz.</param>
    /// <param name="resultsPath">
    /// What a model says of them, a JSON list of image_id and caption; images that it lacks are left out. Null for none.
    /// </param>
    /// <param name="imageFolder">The folder of the images; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static DatasetRows<CaptionedImage> LoadByImage(
        string path, string? resultsPath = null, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        if (resultsPath is not null) DatasetImages.Existing(resultsPath);
        var images = new DatasetImages(imageFolder, options);
        return new(Rows());

        IEnumerable<CaptionedImage> Rows()
        {
            var captions = new Dictionary<Identifier, List<string>>();
            JsonRowReader.Read(path, "annotations", "annotation", row =>
            {
                var id = row.Identifier("image_id");
                if (!captions.TryGetValue(id, out var own)) captions.Add(id, own = []);
                own.Add(row.Text("caption").Trim());
            });
            var results = resultsPath is null ? null : Results(resultsPath, captions.Keys.ToHashSet(), path);
            foreach (var (id, image) in CocoImage.Read(path))
            {
                if (!captions.Remove(id, out var own)) continue;
                var caption = "";
                if (results is not null && !results.TryGetValue(id, out caption)) continue;
                var example = new CaptionedImage { ImageNumber = id.Text, References = [.. own], Caption = caption };
                if (images.Name(example, id, image.File, problem => new InvalidDataException($"{path}: {problem}."))) yield return example;
            }

            if (captions.Count > 0)
                throw new InvalidDataException($"{path}: \"annotations\" has captions of image {captions.Keys.First()}, which is not in \"images\".");
        }
    }

    private static Dictionary<Identifier, string> Results(string path, HashSet<Identifier> known, string annotations)
    {
        var results = new Dictionary<Identifier, string>();
        JsonRowReader.Read(path, "annotations", "result", row =>
        {
            var id = row.Identifier("image_id");
            if (!known.Contains(id)) throw row.Error($"there is no caption of image {id} in {annotations}");
            if (!results.TryAdd(id, row.Text("caption"))) throw row.Error($"image {id} stands there twice");
        });
        return results;
    }
}

/// <summary>
/// The captions of Flickr30k, results_20130124.token: a line is the image's file, '#', the caption's number, a tab and the caption.
/// </summary>
public static class Flickr30kDataset
{
    /// <summary>Opens captions; <see cref="DatasetOptions.ImageListPath"/> chooses a part.</summary>
    /// <param name="path">A token file, also .gz.</param>
    /// <param name="imageFolder">flickr30k-images; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static DatasetRows<CaptionExample> Load(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        return new(TextLine.Read(path).Select(line =>
        {
            var (tab, sharp) = (line.Text.IndexOf('\t'), line.Text.IndexOf('#'));
            if (sharp < 1 || tab < sharp) throw line.Error("an image's file, '#', a number, a tab and a caption are expected");
            var example = new CaptionExample { CaptionId = line.Text[..tab], Caption = line.Text[(tab + 1)..].Trim() };
            var file = line.Text[..sharp];
            return images.Name(example, file, file, line.Error) ? example : null;
        }).OfType<CaptionExample>());
    }
}

/// <summary>A caption of a picture of the web.</summary>
public sealed class ConceptualCaptionExample : CaptionExample
{
    /// <summary>Where the picture was found (column ImageUrl, Text).</summary>
    public string ImageUrl { get; set; } = "";
}

/// <summary>
/// Conceptual Captions (Train_GCC-training.tsv and others): a line is a caption, a tab and the address of the picture; columns after them are
/// left out. A picture's identifier is the number of its line from 0, which those who download the pictures name the files by;
/// <see cref="DatasetOptions.ImagePattern"/> says how ("{image_id:D8}.jpg").
/// </summary>
public static class ConceptualCaptionsDataset
{
    /// <summary>Opens captions. Many pictures are gone: <see cref="DatasetOptions.SkipMissingImages"/> leaves them out.</summary>
    /// <param name="path">A .tsv file, also .gz.</param>
    /// <param name="imageFolder">The folder of the downloaded pictures; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static DatasetRows<ConceptualCaptionExample> Load(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        return new(TextLine.Read(path).Select(line =>
        {
            var parts = line.Text.Split('\t');
            if (parts.Length < 2) throw line.Error("a caption, a tab and an address are expected");
            var example = new ConceptualCaptionExample { CaptionId = $"{line.Number - 1}", Caption = parts[0].Trim(), ImageUrl = parts[1].Trim() };
            return images.Name(example, line.Number - 1, null, line.Error) ? example : null;
        }).OfType<ConceptualCaptionExample>());
    }
}
