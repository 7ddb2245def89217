using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>A statement about a drawn image of NLVR and whether it is true.</summary>
public sealed class NlvrExample : ImageExample
{
    /// <summary>The identifier of statement and boxes (column ExampleId, Text).</summary>
    public string ExampleId { get; set; } = "";

    /// <summary>What examples with the same statement have in common, for consistency (column SentenceId, Text).</summary>
    public string SentenceId { get; set; } = "";

    /// <summary>The statement (column Sentence, Text).</summary>
    public string Sentence { get; set; } = "";

    /// <summary>"True" or "False" (column Label, Text); empty in parts without labels.</summary>
    public string Label { get; set; } = "";

    /// <summary>The folder of images the example is in, by which parts for validation are split (column Directory, Text).</summary>
    public string Directory { get; set; } = "";
}

/// <summary>
/// NLVR (lil.nlp.cornell.edu/nlvr, version 1): a JSON object a line with sentence, label, directory and identifier; the images are
/// images/&lt;directory&gt;/&lt;part&gt;-&lt;identifier&gt;-&lt;k&gt;.png, six a statement with the three boxes in every order.
/// </summary>
public static class NlvrDataset
{
    private const int MostPermutations = 6;

    /// <summary>Opens statements, a row for each image of each.</summary>
    /// <param name="path">train.json, dev.json, test.json; its name is the part that the images' names begin with. Also .gz.</param>
    /// <param name="imageFolder">The folder "images"; null for names alone.</param>
    /// <param name="permutations">How many of a statement's six images become rows, the given order first.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="permutations"/> is not 1 to 6.</exception>
    public static DatasetRows<NlvrExample> Load(
        string path, string? imageFolder = null, int permutations = MostPermutations, DatasetOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permutations, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(permutations, MostPermutations);
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        var part = Path.GetFileName(path).Split('.')[0];
        return new(JsonLines.Rows(path, row => Parse(row, part, permutations, images)).SelectMany(rows => rows));
    }

    /// <summary>"True", "False", or nothing where there is no label.</summary>
    internal static string Label(JsonRow row) => row.OptionalText("label")?.ToLowerInvariant() switch
    {
        null => "",
        "true" => "True",
        "false" => "False",
        var other => throw row.Error($"'label' must be true or false but is \"{other}\""),
    };

    private static List<NlvrExample> Parse(JsonRow row, string part, int permutations, DatasetImages images)
    {
        var (id, directory) = (row.Text("identifier"), row.Text("directory"));
        var rows = new List<NlvrExample>();
        for (var k = 0; k < permutations; k++)
        {
            var example = new NlvrExample
            {
                ExampleId = $"{id}-{k}",
                SentenceId = id.Split('-')[0],
                Sentence = row.Text("sentence"),
                Label = Label(row),
                Directory = directory,
            };
            var name = $"{part}-{id}-{k}";
            if (images.Name(example, name, $"{directory}/{name}.png", row.Error)) rows.Add(example);
        }

        return rows;
    }
}
