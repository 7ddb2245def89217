using System.Diagnostics;
using System.Globalization;

namespace MLNet.VisionLanguage.Bench;

/// <summary>This program in a process of its own, whose memory nothing else has touched.</summary>
internal static class Child
{
    /// <summary>The numbers that the process prints.</summary>
    public static double[] Run(params IEnumerable<string> arguments)
    {
        string[] all = [typeof(Child).Assembly.Location, .. arguments];
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, all) { RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"'{string.Join(' ', all)}' ended with {process.ExitCode}.");
        return [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }

    /// <summary>What such a process prints.</summary>
    public static void Print(params IEnumerable<double> numbers) =>
        Console.Write(string.Join(' ', numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))));

    /// <summary>The most memory that this process has had, in MB.</summary>
    public static double PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }
}
