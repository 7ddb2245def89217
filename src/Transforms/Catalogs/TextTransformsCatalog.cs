using Microsoft.ML;
using MLNet.VisionLanguage.Text;

namespace MLNet.VisionLanguage;

/// <summary>Text components on <c>mlContext.Transforms</c>.</summary>
public static class TextTransformsCatalog
{
    /// <summary>
    /// Turns a question (and optionally a second text) into BERT's token ids: columns InputIds, AttentionMask and TokenTypeIds,
    /// each Vector&lt;Int64&gt; of the row's natural length. The vocabulary is saved in the model.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="vocabulary">The word pieces.</param>
    /// <param name="textColumnName">The text column, such as "Question".</param>
    /// <param name="pairColumnName">The column of the second text, or null.</param>
    /// <param name="options">Column names, limit and what to do with empty or long texts.</param>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    public static TokenizeTextEstimator TokenizeText(
        this TransformsCatalog catalog, BertVocabulary vocabulary, string textColumnName,
        string? pairColumnName = null, TokenizeTextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(vocabulary);
        return new(catalog, vocabulary, TokenizeTextSettings.Create(textColumnName, pairColumnName, options ?? new()));
    }

    /// <summary>As the other overload, with the vocabulary read from a file now.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="vocabularyPath">The vocabulary file, one token a line.</param>
    /// <param name="textColumnName">The text column, such as "Question".</param>
    /// <param name="pairColumnName">The column of the second text, or null.</param>
    /// <param name="options">Column names, limit and what to do with empty or long texts.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no BERT vocabulary.</exception>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    public static TokenizeTextEstimator TokenizeText(
        this TransformsCatalog catalog, string vocabularyPath, string textColumnName,
        string? pairColumnName = null, TokenizeTextOptions? options = null) =>
        TokenizeText(catalog, BertVocabulary.Load(vocabularyPath), textColumnName, pairColumnName, options);
}
