using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Metrics;

/// <summary>A caption's words, and how often each run of one to four of them occurs.</summary>
internal sealed class CaptionText
{
    /// <summary>The longest runs that BLEU and CIDEr look at.</summary>
    public const int LongestRun = 4;

    private readonly Dictionary<string, int>[] _counts;

    public CaptionText(IReadOnlyList<string> words)
    {
        Words = words;
        _counts = [.. Enumerable.Range(1, LongestRun).Select(length => CountRuns(words, length))];
    }

    public IReadOnlyList<string> Words { get; }

    /// <summary>How often each run of so many words occurs; words stand with spaces between them.</summary>
    public IReadOnlyDictionary<string, int> Runs(int length) => _counts[length - 1];

    private static Dictionary<string, int> CountRuns(IReadOnlyList<string> words, int length)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i + length <= words.Count; i++)
            CollectionsMarshal.GetValueRefOrAddDefault(counts, string.Join(' ', words.Skip(i).Take(length)), out _)++;
        return counts;
    }
}
