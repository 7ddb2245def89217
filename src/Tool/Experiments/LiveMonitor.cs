using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MLNet.VisionLanguage.Tool.Experiments;

/// <summary>Shows a person running and finished trials, the best so far and the time left.</summary>
/// <param name="seconds">The experiment's time; null without.</param>
/// <param name="isMaximized">Whether more of the metric is better.</param>
internal sealed class LiveMonitor(double? seconds, bool isMaximized) : IMonitor
{
    /// <summary>Finished trials that are shown; the best is always among them.</summary>
    private const int MostShown = 15;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly List<TrialResult> _finished = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TrialSettings? _running;
    private TrialEpoch? _epoch;
    private double _since;
    private double _used;

    /// <summary>Shows trials while work runs.</summary>
    public T Show<T>(IAnsiConsole console, IEnumerable<TrialResult> before, Func<T> work)
    {
        _finished.AddRange(before);
        _used = _finished.Sum(trial => trial.DurationInSeconds);
        return console.Live(Render()).Start(context =>
        {
            var running = Task.Run(work);
            while (!running.Wait(Pause.Milliseconds)) context.UpdateTarget(Render());
            context.UpdateTarget(Render());
            return running.Result;
        });
    }

    public void ReportRunningTrial(TrialSettings settings)
    {
        lock (_lock) (_running, _epoch, _since) = (settings, null, _clock.Elapsed.TotalSeconds);
    }

    public void ReportEpoch(TrialSettings settings, TrialEpoch epoch)
    {
        lock (_lock) _epoch = epoch;
    }

    public void ReportCompletedTrial(TrialResult result) => Add(result);

    public void ReportBestTrial(TrialResult result)
    {
    }

    public void ReportFailTrial(TrialResult result) => Add(result);

    /// <summary>What is shown now.</summary>
    public IRenderable Render()
    {
        lock (_lock)
        {
            var done = _finished.Where(trial => trial.State == TrialState.Completed).ToList();
            var best = isMaximized ? done.MaxBy(trial => trial.Metric) : done.MinBy(trial => trial.Metric);
            var table = new Table().Border(TableBorder.Simple).AddColumns("trial", "metric", "time", "memory", "parameters");
            foreach (var trial in _finished.Skip(Math.Max(0, _finished.Count - MostShown)).Prepend(best).OfType<TrialResult>().Distinct())
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{trial.TrialSettings.TrialId}{(trial == best ? " best" : "")}");
                var memory = string.Create(CultureInfo.InvariantCulture, $"{trial.PeakMemoryInMegaByte:F0} MB");
                Row(name, TrialText.Outcome(trial), TrialText.Seconds(trial.DurationInSeconds), memory, TrialText.Of(trial.TrialSettings.Parameters));
            }

            if (_running is { } running)
            {
                var state = _epoch is { } epoch
                    ? $"epoch {epoch.Epoch}{(epoch.ValidationScore is { } score ? ": " + TrialText.Number(score) : "")}"
                    : "begins";
                Row($"{running.TrialId} runs", state, TrialText.Seconds(_clock.Elapsed.TotalSeconds - _since), "", TrialText.Of(running.Parameters));
            }

            var left = seconds is { } all ? $"{TrialText.Seconds(Math.Max(0, all - _used - _clock.Elapsed.TotalSeconds))} left" : "no end of time";
            var failed = _finished.Count(trial => trial.State == TrialState.Failed);
            table.Title = new TableTitle(Markup.Escape(
                $"{_finished.Count} trials, {failed} failed, best {(best is null ? "none" : TrialText.Number(best.Metric))}, {left}"));
            return table;

            void Row(params string[] cells) => table.AddRow([.. cells.Select(cell => new Text(cell))]);
        }
    }

    private void Add(TrialResult result)
    {
        lock (_lock)
        {
            _finished.Add(result);
            _running = null;
        }
    }
}
