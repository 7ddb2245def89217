namespace MLNet.VisionLanguage.Columns;

/// <summary>
/// Counts the texts that were cut while rows were read. A mapping knows neither who reads nor where to log; it tells whoever collects, also from
/// the worker threads on which ML.NET runs mappings, which inherit the collector from the thread that reads.
/// </summary>
/// <param name="warn">Takes a warning.</param>
internal sealed class CutTexts(Action<string> warn)
{
    private const int ShownLength = 60;

    private static readonly AsyncLocal<CutTexts?> Current = new();

    private readonly Lock _lock = new();
    private string? _first;
    private int _count;

    /// <summary>Tells whoever collects of a text that was cut.</summary>
    /// <param name="column">The column of the text, or of its tokens.</param>
    /// <param name="text">The text; null where only tokens are known.</param>
    /// <param name="found">Its tokens.</param>
    /// <param name="most">Those that were kept.</param>
    public static void Add(string column, string? text, int found, int most)
    {
        if (Current.Value is not { } current) return;
        lock (current._lock)
        {
            current._count++;
            current._first ??= $"more than {most} tokens; what is longer was cut. The first, in column '{column}', has {found}"
                + (text is null ? "" : $": \"{Shorten(text)}\"");
        }
    }

    /// <summary>Reads, and collects meanwhile.</summary>
    public T Collect<T>(Func<T> read)
    {
        var before = Current.Value;
        Current.Value = this;
        try
        {
            return read();
        }
        finally
        {
            Current.Value = before;
        }
    }

    /// <summary>Warns of what was collected since the last time.</summary>
    public void Tell()
    {
        string? text = null;
        lock (_lock)
        {
            if (_count > 0) text = $"{_count} {(_count == 1 ? "text has" : "texts have")} {_first}";
            (_count, _first) = (0, null);
        }

        if (text is not null) warn(text);
    }

    public static string Shorten(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "...";
}
