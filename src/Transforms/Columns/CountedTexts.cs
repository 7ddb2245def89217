namespace MLNet.VisionLanguage.Columns;

/// <summary>Counts texts and keeps what is to be told of the first. Safe for the several threads that ML.NET maps rows on.</summary>
internal sealed class CountedTexts
{
    private const int ShownLength = 60;

    private readonly Lock _lock = new();
    private string? _first;
    private int _count;

    /// <summary>Counts a text.</summary>
    /// <param name="tell">What to tell of it, asked when it is the first.</param>
    public void Add(Func<string> tell)
    {
        lock (_lock)
        {
            _count++;
            _first ??= tell();
        }
    }

    /// <summary>What was counted since the last time; null when nothing was.</summary>
    public (int Count, string First)? Take()
    {
        lock (_lock)
        {
            (int, string)? taken = _first is null ? null : (_count, _first);
            (_count, _first) = (0, null);
            return taken;
        }
    }

    public static string Shorten(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "...";
}
