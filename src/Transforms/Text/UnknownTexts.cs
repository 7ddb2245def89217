using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Tokenization;

/// <summary>
/// Counts texts none of whose words the vocabulary has, for one warning: they are all alike to a model, as those of a script that the
/// vocabulary was not made for.
/// </summary>
internal sealed class UnknownTexts
{
    private readonly CountedTexts _counted = new();

    /// <summary>Counts a text if it is one.</summary>
    /// <param name="column">Its column.</param>
    /// <param name="text">The text.</param>
    /// <param name="ids">Its ids between the special tokens at both ends.</param>
    /// <param name="unknown">The id of unknown words.</param>
    public void Add(string column, string text, ReadOnlySpan<long> ids, long unknown)
    {
        if (ids.IsEmpty || ids.ContainsAnyExcept(unknown)) return;
        _counted.Add(() => $"The first, in column '{column}': \"{CountedTexts.Shorten(text)}\".");
    }

    /// <summary>What was counted since the last time, as a warning; null when nothing was.</summary>
    public string? Take() => _counted.Take() is (var count, var first)
        ? $"{count} {(count == 1 ? "text has" : "texts have")} no word that the vocabulary knows, only {BertVocabulary.Unknown}. {first}"
        : null;
}
