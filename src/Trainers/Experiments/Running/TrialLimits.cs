using System.Globalization;

namespace MLNet.VisionLanguage.Experiments;

/// <summary>What a trial may take.</summary>
/// <param name="Seconds">Its time; null for no limit.</param>
/// <param name="MegaBytes">Resident memory in 2²⁰ bytes; null for no limit.</param>
internal sealed record TrialLimits(double? Seconds, double? MegaBytes)
{
    /// <summary>How often they are looked at.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>What is exceeded, in words; null when nothing is.</summary>
    public string? Exceeded(double seconds, double megaBytes) =>
        seconds > Seconds ? string.Create(CultureInfo.InvariantCulture, $"It was not done after {Seconds} s, the longest that a trial may take.")
        : megaBytes > MegaBytes ? string.Create(CultureInfo.InvariantCulture, $"It took {megaBytes:F0} MB of memory; the limit is {MegaBytes} MB.")
        : null;

    public static double ToMegaBytes(long bytes) => bytes / 1024.0 / 1024;
}
