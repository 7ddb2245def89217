using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLNet.VisionLanguage.Comparison;

namespace MLNet.VisionLanguage;

/// <summary>Models side by side on one data set.</summary>
public sealed class VisualQuestionAnsweringComparison
{
    private static readonly JsonSerializerOptions Readable =
        new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal VisualQuestionAnsweringComparison(
        IReadOnlyList<ComparisonEntry> leaderboard, IReadOnlyList<PairedDifference> differences, int questions, int images, double confidence) =>
        (Leaderboard, Differences, Questions, Images, Confidence) = (leaderboard, differences, questions, images, confidence);

    /// <summary>The models, the best first.</summary>
    public IReadOnlyList<ComparisonEntry> Leaderboard { get; }

    /// <summary>Every pair of models, the better first.</summary>
    public IReadOnlyList<PairedDifference> Differences { get; }

    /// <summary>How many questions were asked.</summary>
    public int Questions { get; }

    /// <summary>About how many images.</summary>
    public int Images { get; }

    /// <summary>The probability with which an interval is to hold the true difference.</summary>
    public double Confidence { get; }

    /// <summary>The leaderboard as a table of plain text.</summary>
    public string ToTable()
    {
        string[] types = [.. Leaderboard.SelectMany(entry => entry.PerAnswerType.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        List<string[]> rows = [["model", "overall", .. types, "to the best", "calibration"]];
        foreach (var entry in Leaderboard)
        {
            var behind = Differences.FirstOrDefault(pair => pair.Better == Leaderboard[0].Name && pair.Other == entry.Name);
            rows.Add(
            [
                entry.Name, Number(entry.Overall), .. types.Select(type => entry.PerAnswerType.TryGetValue(type, out var own) ? Number(own) : ""),
                behind is null ? "" : $"-{Number(behind.Difference)} [{Number(-behind.Upper)}, {Number(-behind.Lower)}]",
                entry.CalibrationError.ToString("F3", CultureInfo.InvariantCulture),
            ]);
        }

        var widths = rows[0].Select((_, column) => rows.Max(row => row[column].Length)).ToList();
        return string.Join('\n', rows.Select(row => string.Join(
            "  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd()));
    }

    /// <summary>All figures as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Readable);

    /// <summary>Writes a page with plots: one HTML file with everything in it, the pictures of the worst examples small.</summary>
    /// <param name="path">The file; it appears whole or not at all.</param>
    /// <param name="cancellation">Ends the work between two pictures.</param>
    public void SaveReport(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ComparisonReport.Write(path, this, cancellation);
    }

    private static string Number(double number) => number.ToString("F2", CultureInfo.InvariantCulture);
}
