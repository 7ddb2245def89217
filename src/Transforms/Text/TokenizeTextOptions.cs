using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage;

/// <summary>Settings of TokenizeText, see <see cref="TextTransformsCatalog"/>; the columns are those it makes.</summary>
public sealed class TokenizeTextOptions : TextColumnsOptions
{
    /// <summary>The most tokens of a row, special ones included.</summary>
    public int MaxLength { get; set; } = 128;

    /// <summary>Whether text is lower-cased and stripped of accents (bert-base-uncased); must fit the vocabulary. Byte pairs
    /// take texts as they are.</summary>
    public bool Uncased { get; set; } = true;

    /// <summary>Whether a longer text is cut as BERT does. Otherwise such a row is an error.</summary>
    public bool Truncate { get; set; } = true;

    /// <summary>
    /// Input column: for each word of the text (words are what spaces separate) the object that it is about, Vector&lt;Int64&gt;: 0 the whole
    /// image, 1 the first region. Null for none.
    /// </summary>
    public string? TagsColumnName { get; set; }

    /// <summary>Input column: the same of the second text; null when all of it is about the whole image.</summary>
    public string? PairTagsColumnName { get; set; }

    /// <summary>
    /// The column to make where <see cref="TagsColumnName"/> or <see cref="PairTagsColumnName"/> is named, Vector&lt;Int64&gt;: the object that each
    /// token is about, 0 for special tokens.
    /// </summary>
    public string RegionTagsColumnName { get; set; } = nameof(StandardColumns.RegionTags);

    /// <summary>Whether an empty text becomes [CLS] [SEP], or &lt;s&gt; &lt;/s&gt;. Otherwise such a row is an error.</summary>
    public bool AllowEmpty { get; set; }
}
