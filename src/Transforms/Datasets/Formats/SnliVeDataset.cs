using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage;

/// <summary>A picture, and a sentence that follows from it, contradicts it, or does neither.</summary>
public sealed class EntailmentExample : ImageExample
{
    /// <summary>The pair's identifier (column PairId, Text).</summary>
    public string PairId { get; set; } = "";

    /// <summary>The sentence to judge (column Hypothesis, Text).</summary>
    public string Hypothesis { get; set; } = "";

    /// <summary>The caption of the picture that is the premise in SNLI (column Premise, Text).</summary>
    public string Premise { get; set; } = "";

    /// <summary>"entailment", "neutral" or "contradiction" (column Label, Text).</summary>
    public string Label { get; set; } = "";
}

/// <summary>
/// SNLI-VE (github.com/necla-ml/SNLI-VE): SNLI's JSON lines with Flickr30K_ID, sentence2, gold_label and pairID. Pairs on which the annotators
/// did not agree (gold_label "-") are left out, as in the data set's own files.
/// </summary>
public static class SnliVeDataset
{
    /// <summary>Opens pairs; <see cref="DatasetOptions.ImageListPath"/> (flickr30k_train.lst) chooses a part.</summary>
    /// <param name="path">A .jsonl file, also .gz.</param>
    /// <param name="imageFolder">flickr30k-images; null for names alone.</param>
    /// <param name="options">Reading options.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static DatasetRows<EntailmentExample> Load(string path, string? imageFolder = null, DatasetOptions? options = null)
    {
        DatasetImages.Existing(path);
        var images = new DatasetImages(imageFolder, options);
        return new(JsonLines.Rows(path, row => Parse(row, images)).OfType<EntailmentExample>());
    }

    private static EntailmentExample? Parse(JsonRow row, DatasetImages images)
    {
        var label = row.Text("gold_label");
        if (label == "-") return null;
        if (label is not ("entailment" or "neutral" or "contradiction"))
            throw row.Error($"'gold_label' must be entailment, neutral, contradiction or - but is \"{label}\"");
        var example = new EntailmentExample
        {
            PairId = row.Identifier("pairID").Text,
            Hypothesis = row.Text("sentence2"),
            Premise = row.OptionalText("sentence1") ?? "",
            Label = label,
        };
        return images.Name(example, row.Identifier("Flickr30K_ID"), null, row.Error) ? example : null;
    }
}
