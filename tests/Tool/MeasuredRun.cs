using System.Diagnostics;
using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>The tool in a process of its own, whose time and peak memory are told.</summary>
internal static class MeasuredRun
{
    /// <summary>Runs the tool in a process of its own and watches its peak memory.</summary>
    public static async Task<(string Output, string Error, long Peak)> Run(ITestOutputHelper output, params string[] args)
    {
        var clock = Stopwatch.StartNew();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "vl.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var texts = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        long peak = 0;
        while (!process.WaitForExit(20))
            peak = Math.Max(peak, Peak(process.Id));
        var written = await texts;
        Assert.True(process.ExitCode == 0, written[1]);
        output.WriteLine($"vl {args[0]}: peak {peak / 1e9:F2} GB, {clock.Elapsed.TotalSeconds:F1} s");
        return (written[0], written[1], peak);
    }

    /// <summary>VmHWM, the most memory the process has had so far.</summary>
    private static long Peak(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It ended in between.
            return 0;
        }
    }
}
