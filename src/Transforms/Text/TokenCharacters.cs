namespace MLNet.VisionLanguage.Tokenization;

/// <summary>Which token each character of a text belongs to.</summary>
internal static class TokenCharacters
{
    /// <summary>
    /// The place of each character's token in the encoded text, -1 for a blank. Tokenizers tell no places; but they cut texts between words and
    /// punctuation, so that the tokens of a beginning that ends there are the first of the text's.
    /// </summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">The text.</param>
    /// <param name="first">The place of the first token, behind the special one.</param>
    public static int[] Of(TextTokenizer tokenizer, string text, int first = 1)
    {
        var tokens = new int[text.Length];
        Array.Fill(tokens, -1);
        var before = 0;
        for (var start = 0; start < text.Length;)
        {
            var end = EndOf(text, start);
            if (!char.IsWhiteSpace(text[start]))
            {
                var count = tokenizer.EncodeToIds(text[..end]).Count - before;

                // Of a word of several tokens the ends are known, and what is between is shared out.
                for (var i = start; count > 0 && i < end; i++) tokens[i] = first + before + ((i - start) * count / (end - start));
                if (count > 0) tokens[end - 1] = first + before + count - 1;
                before += Math.Max(0, count);
            }

            start = end;
        }

        return tokens;
    }

    /// <summary>Where the word, the punctuation or the blanks end that begin there.</summary>
    private static int EndOf(string text, int start)
    {
        var kind = KindOf(text[start]);
        var end = start + 1;
        while (end < text.Length && KindOf(text[end]) == kind) end++;
        return end;
    }

    private static int KindOf(char character) =>
        char.IsWhiteSpace(character) ? 0 : char.IsPunctuation(character) || char.IsSymbol(character) ? 1 : 2;
}
