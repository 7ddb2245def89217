using System.Globalization;

namespace MLNet.VisionLanguage.Tool.Experiments;

/// <summary>Tells of trials in lines, for a log.</summary>
internal sealed class LineMonitor(Terminal terminal) : IMonitor
{
    public void ReportRunningTrial(TrialSettings settings) => terminal.Note($"trial {settings.TrialId}: {TrialText.Of(settings.Parameters)}");

    public void ReportCompletedTrial(TrialResult result) => Tell(result);

    public void ReportBestTrial(TrialResult result) => terminal.Note($"trial {result.TrialSettings.TrialId} is the best so far");

    public void ReportFailTrial(TrialResult result) => Tell(result);

    private void Tell(TrialResult result) => terminal.Note(string.Create(
        CultureInfo.InvariantCulture,
        $"trial {result.TrialSettings.TrialId}: {TrialText.Outcome(result)} ({result.DurationInSeconds:F0} s, {result.PeakMemoryInMegaByte:F0} MB)"));
}
