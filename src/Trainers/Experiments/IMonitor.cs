namespace MLNet.VisionLanguage;

/// <summary>Hears how an experiment goes, on the thread that runs it; a trial's epochs come from the thread that trains.</summary>
public interface IMonitor
{
    /// <summary>A trial begins.</summary>
    /// <param name="settings">What it is to do.</param>
    void ReportRunningTrial(TrialSettings settings);

    /// <summary>A trial was trained and measured, or stopped by the tuner.</summary>
    /// <param name="result">What came of it.</param>
    void ReportCompletedTrial(TrialResult result);

    /// <summary>A completed trial is the best so far; told after <see cref="ReportCompletedTrial"/>.</summary>
    /// <param name="result">What came of it.</param>
    void ReportBestTrial(TrialResult result);

    /// <summary>A trial failed; the experiment goes on.</summary>
    /// <param name="result">What came of it; <see cref="TrialResult.Error"/> says why.</param>
    void ReportFailTrial(TrialResult result);

    /// <summary>A trial is an epoch further.</summary>
    /// <param name="settings">The trial.</param>
    /// <param name="epoch">The epoch.</param>
    void ReportEpoch(TrialSettings settings, TrialEpoch epoch)
    {
    }
}
