namespace MLNet.VisionLanguage;

/// <summary>Settings of TokenizeText, see <see cref="TextTransformsCatalog"/>.</summary>
public sealed class TokenizeTextOptions
{
    /// <summary>The output column of token ids, Vector&lt;Int64&gt; of each row's natural length.</summary>
    public string InputIdsColumn { get; set; } = "InputIds";

    /// <summary>The output column of ones, Vector&lt;Int64&gt; of the same length.</summary>
    public string AttentionMaskColumn { get; set; } = "AttentionMask";

    /// <summary>The output column of segments (0 first text, 1 second), Vector&lt;Int64&gt; of the same length.</summary>
    public string TokenTypeIdsColumn { get; set; } = "TokenTypeIds";

    /// <summary>The most tokens of a row, [CLS] and [SEP] included.</summary>
    public int MaxLength { get; set; } = 128;

    /// <summary>Whether text is lower-cased and stripped of accents (bert-base-uncased); must fit the vocabulary.</summary>
    public bool Uncased { get; set; } = true;

    /// <summary>Whether a longer text is cut as BERT does. Otherwise such a row is an error.</summary>
    public bool Truncate { get; set; } = true;

    /// <summary>Whether an empty text becomes [CLS] [SEP]. Otherwise such a row is an error.</summary>
    public bool AllowEmpty { get; set; }
}
