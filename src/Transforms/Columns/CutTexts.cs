namespace MLNet.VisionLanguage.Columns;

/// <summary>Counts texts that were cut, for one warning. Safe for the several threads that ML.NET maps rows on.</summary>
internal sealed class CutTexts
{
    private const int ShownLength = 60;

    private readonly Lock _lock = new();
    private string? _first;
    private int _count;

    /// <summary>Counts a text.</summary>
    /// <param name="column">The column of the text, or of its tokens.</param>
    /// <param name="text">The text; null where only tokens are known.</param>
    /// <param name="found">Its tokens.</param>
    /// <param name="most">Those that were kept.</param>
    public void Add(string column, string? text, int found, int most)
    {
        lock (_lock)
        {
            _count++;
            _first ??= $"more than {most} tokens; what is longer was cut. The first, in column '{column}', has {found}"
                + (text is null ? "." : $": \"{Shorten(text)}\".");
        }
    }

    /// <summary>What was counted since the last time, as a warning; null when nothing was.</summary>
    public string? Take()
    {
        lock (_lock)
        {
            var text = _count == 0 ? null : $"{_count} {(_count == 1 ? "text has" : "texts have")} {_first}";
            (_count, _first) = (0, null);
            return text;
        }
    }

    public static string Shorten(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "...";
}
