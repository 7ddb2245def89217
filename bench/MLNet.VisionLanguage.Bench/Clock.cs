using System.Diagnostics;

namespace MLNet.VisionLanguage.Bench;

/// <summary>Something that is measured beside others.</summary>
internal sealed record Contender(string Name, Action Run);

/// <summary>Takes times. Contenders take turns, so that what else the machine does meets them all.</summary>
internal static class Clock
{
    /// <summary>Median seconds of each contender, by its name, after one run of each that is not counted.</summary>
    public static Dictionary<string, double> Compare(int rounds, params IEnumerable<Contender> contenders)
    {
        Contender[] all = [.. contenders];
        foreach (var one in all) one.Run();
        return CompareWarm(rounds, all);
    }

    /// <summary>The same of contenders that have run before.</summary>
    public static Dictionary<string, double> CompareWarm(int rounds, params IEnumerable<Contender> contenders)
    {
        Contender[] all = [.. contenders];
        var times = all.ToDictionary(one => one.Name, _ => new List<double>());
        for (var round = 0; round < rounds; round++)
            foreach (var one in all) times[one.Name].Add(Seconds(one.Run));
        return times.ToDictionary(pair => pair.Key, pair => Quantile(pair.Value, 0.5));
    }

    public static double Seconds(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    /// <summary>The value below which a share of all lies.</summary>
    public static double Quantile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];
    }
}
