namespace MLNet.VisionLanguage.Columns;

/// <summary>How a text that is too long is cut: as BERT does, at the texts' ends, so that [CLS] and each [SEP] stay.</summary>
internal static class TextCut
{
    /// <summary>
    /// How many tokens of two texts stay in so much room: the longer one loses its last token until both fit, the second when both are
    /// equally long (run_classifier.py).
    /// </summary>
    public static (int First, int Second) Share(int first, int second, int room)
    {
        while (first + second > room)
        {
            if (first > second) first--;
            else second--;
        }

        return (first, second);
    }

    /// <summary>The places that stay of tokens with special ones between them.</summary>
    /// <param name="mask">1 for a token, 0 for what only fills up.</param>
    /// <param name="segments">0 for the first text, 1 for the second.</param>
    /// <param name="most">How many stay.</param>
    public static int[] Places(ReadOnlySpan<long> mask, ReadOnlySpan<long> segments, int most)
    {
        var length = mask.LastIndexOf(1L) + 1;
        if (length <= most) return [.. Enumerable.Range(0, most)];
        var border = segments[..length].IndexOfAnyExcept(0L);
        if (border < 0) border = length;

        // [CLS] a [SEP], and b [SEP] when there is a second text.
        int specials = border == length ? 2 : 3, first = Math.Max(0, border - 2), second = Math.Max(0, length - border - 1);
        if (most < specials || first + second + specials != length) return [.. Enumerable.Range(0, most)];
        (first, second) = Share(first, second, most - specials);
        var start = Enumerable.Range(0, 1 + first).Append(border - 1);
        return border == length ? [.. start] : [.. start, .. Enumerable.Range(border, second), length - 1];
    }
}
