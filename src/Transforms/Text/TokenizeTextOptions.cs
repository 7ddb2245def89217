namespace MLNet.VisionLanguage;

/// <summary>Settings of TokenizeText, see <see cref="TextTransformsCatalog"/>; the columns are those it makes.</summary>
public sealed class TokenizeTextOptions : TextColumnsOptions
{
    /// <summary>The most tokens of a row, [CLS] and [SEP] included.</summary>
    public int MaxLength { get; set; } = 128;

    /// <summary>Whether text is lower-cased and stripped of accents (bert-base-uncased); must fit the vocabulary.</summary>
    public bool Uncased { get; set; } = true;

    /// <summary>Whether a longer text is cut as BERT does. Otherwise such a row is an error.</summary>
    public bool Truncate { get; set; } = true;

    /// <summary>Whether an empty text becomes [CLS] [SEP]. Otherwise such a row is an error.</summary>
    public bool AllowEmpty { get; set; }
}
