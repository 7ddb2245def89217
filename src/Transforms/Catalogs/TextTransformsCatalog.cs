using Microsoft.ML;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage;

/// <summary>Text components on <c>mlContext.Transforms</c>.</summary>
public static class TextTransformsCatalog
{
    /// <summary>
    /// Turns a question (and optionally a second text) into token ids, BERT's or RoBERTa's by the vocabulary: columns InputIds, AttentionMask and
    /// TokenTypeIds, each Vector&lt;Int64&gt; of the row's natural length. The vocabulary is saved in the model.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="vocabulary">The tokens: <see cref="BertVocabulary"/> or <see cref="BytePairVocabulary"/>.</param>
    /// <param name="textColumnName">The text column, such as "Question".</param>
    /// <param name="pairColumnName">The column of the second text, or null.</param>
    /// <param name="maxLength">The most tokens of a row, special ones included.</param>
    /// <param name="uncased">
    /// Whether text is lower-cased and stripped of accents (bert-base-uncased); must fit the vocabulary. Byte pairs take texts as they are.
    /// </param>
    /// <param name="truncate">Whether a longer text is cut as BERT does. Otherwise such a row is an error.</param>
    /// <param name="allowEmpty">Whether an empty text becomes [CLS] [SEP], or &lt;s&gt; &lt;/s&gt;. Otherwise such a row is an error.</param>
    /// <param name="inputIdsColumnName">The column of token ids to make.</param>
    /// <param name="attentionMaskColumnName">The column of ones to make.</param>
    /// <param name="tokenTypeIdsColumnName">The column of segment ids to make: 0, and 1 in BERT's second text.</param>
    /// <exception cref="ArgumentException">An argument is out of its range or two columns have one name.</exception>
    public static TokenizeTextEstimator TokenizeText(
        this TransformsCatalog catalog, TextVocabulary vocabulary, string textColumnName, string? pairColumnName = null,
        int maxLength = 128, bool uncased = true, bool truncate = true, bool allowEmpty = false,
        string inputIdsColumnName = "InputIds", string attentionMaskColumnName = "AttentionMask", string tokenTypeIdsColumnName = "TokenTypeIds") =>
        TokenizeText(catalog, vocabulary, textColumnName, pairColumnName, new TokenizeTextOptions
        {
            MaxLength = maxLength,
            Uncased = uncased,
            Truncate = truncate,
            AllowEmpty = allowEmpty,
            InputIdsColumnName = inputIdsColumnName,
            AttentionMaskColumnName = attentionMaskColumnName,
            TokenTypeIdsColumnName = tokenTypeIdsColumnName,
        });

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="vocabulary">The tokens: <see cref="BertVocabulary"/> or <see cref="BytePairVocabulary"/>.</param>
    /// <param name="textColumnName">The text column, such as "Question".</param>
    /// <param name="pairColumnName">The column of the second text, or null.</param>
    /// <param name="options">Column names, limit and what to do with empty or long texts.</param>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    public static TokenizeTextEstimator TokenizeText(
        this TransformsCatalog catalog, TextVocabulary vocabulary, string textColumnName, string? pairColumnName, TokenizeTextOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(options);
        return new(catalog, vocabulary, TokenizeTextSettings.Create(textColumnName, pairColumnName, options, vocabulary));
    }
}
