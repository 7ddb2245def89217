namespace MLNet.VisionLanguage.Images;

/// <summary>Makes independent seeds of one.</summary>
internal static class SeedMix
{
    /// <summary>A seed for the given number (SplitMix64's finaliser).</summary>
    public static int Of(long seed, long number)
    {
        var z = unchecked((ulong)seed + (0x9E3779B97F4A7C15UL * (ulong)(number + 1)));
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return (int)((z ^ (z >> 31)) & int.MaxValue);
    }

    /// <summary>A number for a text, the same in every process (FNV-1a).</summary>
    public static long Of(ReadOnlySpan<char> text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text) hash = unchecked((hash ^ c) * 1099511628211UL);
        return unchecked((long)hash);
    }
}
