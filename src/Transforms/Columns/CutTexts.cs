namespace MLNet.VisionLanguage.Columns;

/// <summary>Counts texts that were cut, for one warning.</summary>
internal sealed class CutTexts
{
    private readonly CountedTexts _counted = new();

    /// <summary>Counts a text.</summary>
    /// <param name="column">The column of the text, or of its tokens.</param>
    /// <param name="text">The text; null where only tokens are known.</param>
    /// <param name="found">Its tokens.</param>
    /// <param name="most">Those that were kept.</param>
    public void Add(string column, string? text, int found, int most) => _counted.Add(() =>
        $"more than {most} tokens; what is longer was cut. The first, in column '{column}', has {found}"
        + (text is null ? "." : $": \"{CountedTexts.Shorten(text)}\"."));

    /// <summary>What was counted since the last time, as a warning; null when nothing was.</summary>
    public string? Take() => _counted.Take() is (var count, var first) ? $"{count} {(count == 1 ? "text has" : "texts have")} {first}" : null;
}
