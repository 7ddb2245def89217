namespace MLNet.VisionLanguage.Experiments;

/// <summary>Runs trials, here or in processes of their own.</summary>
internal interface ITrialRunner
{
    /// <summary>Runs a trial within its limits; what goes wrong with it is its result.</summary>
    /// <param name="settings">What it is to do.</param>
    /// <param name="folder">Its own folder, which is there.</param>
    /// <param name="modelPath">Where its model goes.</param>
    /// <param name="goesOn">Told each epoch; whether the trial is to go on after one.</param>
    /// <param name="cancellation">Ends the experiment.</param>
    /// <exception cref="OperationCanceledException">The experiment was ended before the trial.</exception>
    Task<TrialResult> RunAsync(
        TrialSettings settings, string folder, string modelPath, Func<TrialEpoch, bool> goesOn, CancellationToken cancellation);
}
