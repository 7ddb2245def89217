using System.Diagnostics;
using System.Globalization;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Architecture;

/// <summary>A model is a small part: what eng/architecture-lines.sh counts.</summary>
public class ArchitectureShareTests(ITestOutputHelper output)
{
    /// <summary>Per cent of the lines of code in src/.</summary>
    private const double MostShare = 15;

    [SkippableFact]
    public void Little_of_the_code_names_an_architecture()
    {
        Skip.If(OperatingSystem.IsWindows(), "counts with bash and awk");
        using var process = Process.Start(new ProcessStartInfo("bash", [Path.Combine(TestData.RepositoryRoot, "eng", "architecture-lines.sh")])
        {
            RedirectStandardOutput = true,
        })!;
        var table = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        output.WriteLine(table);
        Assert.Equal(0, process.ExitCode);
        var rows = table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(row => row[0]);
        Assert.All(new[] { "ViLbert", "Lxmert", "VlBert" }, name => Assert.InRange(Number(rows[name][3]), 100, 1000));
        Assert.InRange(Number(rows["share"][1]), 2, MostShare);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
