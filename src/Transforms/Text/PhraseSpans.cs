namespace MLNet.VisionLanguage.Tokenization;

/// <summary>Where phrases are in a text.</summary>
internal static class PhraseSpans
{
    /// <summary>Each phrase behind the one before, or else from the beginning; case does not count.</summary>
    /// <param name="text">The text.</param>
    /// <param name="phrases">The phrases, all different.</param>
    /// <exception cref="InvalidOperationException">A phrase is not in the text.</exception>
    public static IReadOnlyDictionary<string, CharacterSpan> Find(string text, IReadOnlyList<string> phrases)
    {
        var spans = new Dictionary<string, CharacterSpan>(StringComparer.Ordinal);
        var from = 0;
        foreach (var phrase in phrases)
        {
            var at = phrase.Length == 0 ? -1 : text.IndexOf(phrase, from, StringComparison.OrdinalIgnoreCase);
            if (at < 0 && phrase.Length > 0) at = text.IndexOf(phrase, StringComparison.OrdinalIgnoreCase);
            if (at < 0) throw new InvalidOperationException($"the phrase \"{phrase}\" is not in the text \"{text}\"");
            spans[phrase] = new(at, at + phrase.Length);
            from = at + phrase.Length;
        }

        return spans;
    }
}
