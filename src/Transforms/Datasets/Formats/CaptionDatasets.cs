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
