using Microsoft.ML;

namespace MLNet.VisionLanguage.Experiments;

/// <summary>
/// Runs trials in this process. Limits are held by asking the trainer to stop, so a trial that crashes natively takes the process along, and one
/// that never looks whether it is to stop is left behind.
/// </summary>
internal sealed class TrialsHere(MLContext context, TrialPlan plan, TrialLimits limits) : ITrialRunner
{
    /// <summary>How long a trial that is to stop is waited for.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    public async Task<TrialResult> RunAsync(
        TrialSettings settings, string folder, string modelPath, Func<TrialEpoch, bool> goesOn, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var work = new TrialWork(context, plan, settings, modelPath);
        var token = stop.Token;
        var running = Task.Factory.StartNew(
            () => work.Run(goesOn, token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        double peak = 0;
        string? exceeded = null;
        while (!running.IsCompleted && !stop.IsCancellationRequested)
        {
            var memory = TrialLimits.ToMegaBytes(Environment.WorkingSet);
            peak = Math.Max(peak, memory);
            exceeded = limits.Exceeded(work.Seconds, memory);
            if (exceeded is not null) await stop.CancelAsync().ConfigureAwait(false);
            else await Task.WhenAny(running, Task.Delay(TrialLimits.Pause, token)).ConfigureAwait(false);
        }

        await Task.WhenAny(running, Task.Delay(Grace, CancellationToken.None)).ConfigureAwait(false);
        if (!running.IsCompleted)
        {
            cancellation.ThrowIfCancellationRequested();
            return work.Failed($"{exceeded} It does not stop, and was left behind.") with { PeakMemoryInMegaByte = peak };
        }

        try
        {
            return await running.ConfigureAwait(false) with { PeakMemoryInMegaByte = peak };
        }
        catch (OperationCanceledException) when (exceeded is not null)
        {
            return work.Failed(exceeded) with { PeakMemoryInMegaByte = peak };
        }
    }
}
