using System.Diagnostics;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>Time limits on machines that do other things as well.</summary>
internal static class Timing
{
    private const int Attempts = 3;

    /// <summary>
    /// Fails when an action takes longer than allowed; one that does is given two more chances, as the machine may be busy.
    /// </summary>
    /// <returns>How long the fastest attempt took.</returns>
    public static long Within(long milliseconds, string what, Action action)
    {
        var fastest = long.MaxValue;
        for (var attempt = 0; attempt < Attempts && fastest > milliseconds; attempt++)
        {
            var watch = Stopwatch.StartNew();
            action();
            fastest = Math.Min(fastest, watch.ElapsedMilliseconds);
        }

        Assert.True(fastest <= milliseconds, $"{what} took {fastest} ms; {milliseconds} ms are allowed.");
        return fastest;
    }
}
