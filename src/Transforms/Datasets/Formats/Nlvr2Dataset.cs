using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>A statement about one image or two of NLVR and whether it is true.</summary>
public sealed class Nlvr2Example
{
    /// <summary>The identifier of statement and images (column ExampleId, Text).</summary>
    public string ExampleId { get; set; } = "";

    /// <summary>What examples with the same statement have in common, for consistency (column SentenceId, Text).</summary>
    public string SentenceId { get; set; } = "";

    /// <summary>The left image's name without extension (column LeftImageId, Text).</summary>
    public string LeftImageId { get; set; } = "";

    /// <summary>The left image's file (column LeftImagePath, Text); empty when no image folder was given.</summary>
    public string LeftImagePath { get; set; } = "";

    /// <summary>The right image's name without extension (column RightImageId, Text).</summary>
    public string RightImageId { get; set; } = "";

    /// <summary>The right image's file (column RightImagePath, Text); empty when no image folder was given.</summary>
    public string RightImagePath { get; set; } = "";

    /// <summary>The statement (column Sentence, Text).</summary>
    public string Sentence { get; set; } = "";

    /// <summary>"True" or "False" (column Label, Text); empty in parts without labels.</summary>
    public string Label { get; set; } = "";
}

/// <summary>
/// NLVR2 (lil.nlp.cornell.edu/nlvr): a JSON object a line with sentence, label and identifier &lt;part&gt;-&lt;set&gt;-&lt;pair&gt;-&lt;sentence&gt;;
/// the images are &lt;part&gt;-&lt;set&gt;-&lt;pair&gt;-img0.png and -img1.png.
/// </summary>
public static class Nlvr2Dataset
{
    /// <summary>Opens statements.</summary>
    /// <param name="path">train.json, dev.json, test1.json; also .gz.</param>
    /// <param name="imageFolder">The folder of the images, or one at most two above them; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static DatasetRows<Nlvr2Example> Load(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        return new(JsonLines.Rows(path, row => Parse(row, images)).OfType<Nlvr2Example>());
    }

    /// <summary>What an identifier has in common with those of the same statement about other pairs; null when it is none.</summary>
    internal static string? SentenceOf(string id) =>
        id.Split('-') is { Length: >= 4 } parts ? string.Join('-', [.. parts[..^2], parts[^1]]) : null;

    private static Nlvr2Example? Parse(JsonRow row, DatasetImages images)
    {
        var id = row.Text("identifier");
        var sentence = SentenceOf(id) ?? throw row.Error($"'identifier' must be <part>-<set>-<pair>-<sentence> but is \"{id}\"");
        var pair = id[..id.LastIndexOf('-')];
        var left = images.Find($"{pair}-img0", null, row.Error);
        var right = images.Find($"{pair}-img1", null, row.Error);
        if (left is not var (leftName, leftPath) || right is not var (rightName, rightPath)) return null;
        return new()
        {
            ExampleId = id,
            SentenceId = sentence,
            Sentence = row.Text("sentence"),
            Label = NlvrDataset.Label(row),
            LeftImageId = leftName,
            LeftImagePath = leftPath,
            RightImageId = rightName,
            RightImagePath = rightPath,
        };
    }
}
