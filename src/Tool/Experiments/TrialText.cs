using System.Globalization;

namespace MLNet.VisionLanguage.Tool.Experiments;

/// <summary>Trials in words.</summary>
internal static class TrialText
{
    private const int MostOfAnError = 100;

    /// <summary>Short enough for a line: "vilbert grid:4 learningRate 0.00123".</summary>
    public static string Of(TrialParameters parameters) => string.Join(", ", parameters.Select(one => one.Value switch
    {
        string text => Path.GetFileName(text),
        double number => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {number:G3}"),
        var other => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {other}"),
    }));

    public static string Outcome(TrialResult result) => result.State switch
    {
        TrialState.Completed when result.Metrics.Count > 1 => string.Create(CultureInfo.InvariantCulture, $"{result.Metric:F4} ± {result.Deviation:F4}"),
        TrialState.Completed => Number(result.Metric),
        TrialState.Stopped => $"{Number(result.Metric)}, stopped after epoch {result.LearningCurve.Count}",
        _ => "failed: " + Short(result.Error ?? ""),
    };

    public static string Number(double number) => number.ToString("F4", CultureInfo.InvariantCulture);

    public static string Seconds(double seconds) => string.Create(
        CultureInfo.InvariantCulture, $"{(int)(seconds / 60)}:{(int)(seconds % 60):D2}");

    private static string Short(string text) => text.Length <= MostOfAnError ? text : text[..(MostOfAnError - 1)] + "…";
}
