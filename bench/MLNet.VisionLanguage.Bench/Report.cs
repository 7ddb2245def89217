using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace MLNet.VisionLanguage.Bench;

/// <summary>Figures as a Markdown table, shown as they come.</summary>
internal sealed class Report
{
    private readonly StringBuilder _text = new();

    public Report() => Line($"{Machine()}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}; medians of one run.");

    /// <summary>How often two programs gave different outputs.</summary>
    public int Disagreements { get; private set; }

    public void Begin(ISection section)
    {
        Line("");
        Line($"## {section.Name}: {section.Description}");
        Line("");
        Line("| what | figure | ratio |");
        Line("|---|---|---|");
    }

    /// <summary>A figure, and what it is in proportion to another.</summary>
    public void Row(string what, string figure, string ratio = "") => Line($"| {what} | {figure} | {ratio} |");

    /// <summary>Says that two programs give the same, or that they do not.</summary>
    public void Compare(string what, IReadOnlyList<float> expected, IReadOnlyList<float> actual, double tolerance)
    {
        if (expected.Count != actual.Count) throw new InvalidDataException($"{what}: {actual.Count} outputs, {expected.Count} are expected.");
        double largest = 0;
        for (var i = 0; i < expected.Count; i++)
        {
            var difference = Math.Abs((double)expected[i] - actual[i]);
            if (!(difference <= largest)) largest = difference;
        }

        var agrees = largest <= tolerance;
        if (!agrees) Disagreements++;
        Row(what, Invariant($"{(agrees ? "outputs agree" : "OUTPUTS DIFFER")}, by {largest:E1} at most ({tolerance:E0} allowed)"));
    }

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, _text.ToString());
        Console.Error.WriteLine($"bench: written to {path}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Machine()
    {
        const string Cpu = "/proc/cpuinfo";
        var model = File.Exists(Cpu) ? File.ReadLines(Cpu).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return model is null ? RuntimeInformation.OSDescription : model[(model.IndexOf(':') + 1)..].Trim();
    }

    private void Line(string line)
    {
        _text.Append(line).Append('\n');
        Console.WriteLine(line);
    }
}
