using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.Samples;

/// <summary>One run of a sample, started as users start it: its exit code and what it wrote.</summary>
internal sealed partial record SampleRun(int Code, string Output, string Error)
{
    /// <summary>The families of questions, in the order of their letters.</summary>
    public static IReadOnlyList<string> Families { get; } = ["color", "count", "existence", "position", "shape"];

    /// <summary>The accuracy of each family of questions, and of all, as samples print them.</summary>
    public IReadOnlyList<(string Family, double Value)> Accuracies =>
        [.. AccuracyLine().Matches(Output).Select(match => (match.Groups[1].Value, Number(match.Groups[2])))];

    public static async Task<SampleRun> Start(string sample, params string[] arguments)
    {
        var binaries = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(TestData.RepositoryRoot, "samples", sample, "bin", binaries.Parent!.Name, binaries.Name, sample + ".dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new(process.ExitCode, texts[0], texts[1]);
    }

    /// <summary>The number that follows a text in the output.</summary>
    public double After(string text) => Number(Regex.Match(Output, Regex.Escape(text) + @" *(\d+(\.\d+)?)").Groups[1]);

    private static double Number(Group found) => double.Parse(found.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(\w+) +(0\.\d+|1\.0+) of \d+$", RegexOptions.Multiline)]
    private static partial Regex AccuracyLine();
}
