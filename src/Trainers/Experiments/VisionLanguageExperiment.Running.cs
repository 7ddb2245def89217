using System.Globalization;
using Microsoft.ML;
using MLNet.VisionLanguage.Experiments;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage;

public sealed partial class VisionLanguageExperiment
{
    /// <summary>Runs the experiment until its time or its trials are used up, or the tuner has nothing left to try.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public ExperimentResult Run(CancellationToken cancellationToken = default) => RunAsync(cancellationToken).GetAwaiter().GetResult();

    /// <summary>Runs the experiment; when it is cancelled the result is that of the trials so far.</summary>
    /// <param name="cancellationToken">Ends the experiment; the trial that runs then does not count.</param>
    /// <returns>The best model and all trials.</returns>
    /// <exception cref="InvalidOperationException">
    /// Something is not set, the checkpoint is of another experiment, or no trial completed; the message says why the first one failed.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled before a trial completed.</exception>
    public async Task<ExperimentResult> RunAsync(CancellationToken cancellationToken = default)
    {
        var (space, pipeline) = (_space, _pipeline) is ({ } searched, { } made)
            ? (searched, made)
            : throw NotSet($"{nameof(SetSearchSpace)} or {nameof(SetPipeline)}", "what to try");
        var folds = _folds?.Invoke() ?? throw NotSet(nameof(SetDataset), "the rows");
        if (_seconds is null && _trials is null && _tunerName != nameof(ExperimentTuner.Grid))
            throw NotSet($"{nameof(SetTrainingTimeInSeconds)} or {nameof(SetMaxModelToExplore)}", "when it is to end");
        var plan = new TrialPlan(folds, _repetitions, _metric, pipeline);
        var path = _checkpoint ?? TemporaryFiles.NewFolder("experiment");
        using var held = CheckpointLock.Take(_checkpoint);
        var folder = ExperimentFolder.Open(path, Identity(space, folds));
        var limits = new TrialLimits(_trialSeconds, _megaBytes);
        ITrialRunner runner = _command is null
            ? new TrialsHere(_context, plan, limits)
            : new TrialsElsewhere(_context, plan, limits, _command, _pipelineName, folder.Data);
        var (tuner, trials) = (_tuner(space, _seed), Resume(space, folder));
        foreach (var finished in trials) Replay(tuner, finished);
        await RunTrials(tuner, runner, folder, trials, cancellationToken).ConfigureAwait(false);
        return Result(trials, folder, folds[0]);
    }

    /// <summary>The trials that the checkpoint has; none without one.</summary>
    /// <exception cref="InvalidOperationException">The checkpoint is of another experiment.</exception>
    public IReadOnlyList<TrialResult> FinishedTrials() =>
        _checkpoint is null || _folds is null || _space is null ? [] : ExperimentFolder.Open(_checkpoint, Identity(_space, _folds())).Finished;

    private async Task RunTrials(
        ITuner tuner, ITrialRunner runner, ExperimentFolder folder, List<TrialResult> trials, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (_seconds is { } seconds)
        {
            var left = seconds - trials.Sum(trial => trial.DurationInSeconds);
            if (left <= 0) return;
            end.CancelAfter(TimeSpan.FromSeconds(Math.Min(left, int.MaxValue / 1000)));
        }

        while (!end.IsCancellationRequested && trials.Count < (_trials ?? int.MaxValue) && tuner.Propose(trials.Count) is { } parameters)
        {
            var settings = new TrialSettings(trials.Count, parameters, _seed);
            _monitor?.ReportRunningTrial(settings);
            TrialResult result;
            try
            {
                result = await runner.RunAsync(settings, folder.NewTrial(settings.TrialId), folder.ModelOf(settings.TrialId), GoesOn, end.Token)
                    .ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                break;
            }

            if (result.State == TrialState.Completed) result = result with { ModelPath = ExperimentFolder.RelativeModelOf(settings.TrialId) };
            Finish(tuner, folder, trials, result);

            bool GoesOn(TrialEpoch epoch)
            {
                _monitor?.ReportEpoch(settings, epoch);
                return epoch.Run > 0 || epoch.ValidationScore is not { } score || tuner.GoesOn(settings.TrialId, epoch.Epoch, -score);
            }
        }

        if (Best(trials) is null) cancellation.ThrowIfCancellationRequested();
    }

    private void Finish(ITuner tuner, ExperimentFolder folder, List<TrialResult> trials, TrialResult result)
    {
        var best = Best(trials);
        folder.Add(result);
        trials.Add(result);
        tuner.Update(result);
        folder.KeepModelOf(Best(trials)?.TrialSettings.TrialId, trials.Count);
        if (result.State == TrialState.Failed) _monitor?.ReportFailTrial(result);
        else _monitor?.ReportCompletedTrial(result);
        if (Best(trials) is { } now && now != best) _monitor?.ReportBestTrial(now);
    }

    /// <summary>The finished trials of the checkpoint, which must be those that this experiment would have run.</summary>
    private List<TrialResult> Resume(SearchSpace space, ExperimentFolder folder)
    {
        var again = _tuner(space, _seed);
        foreach (var (i, finished) in folder.Finished.Index())
        {
            if (Replay(again, finished)?.Equals(finished.TrialSettings.Parameters) == true && finished.TrialSettings.TrialId == i) continue;
            throw new InvalidOperationException(
                $"The checkpoint '{_checkpoint}' is of another experiment: its trial {i} has the parameters {finished.TrialSettings.Parameters}.");
        }

        return [.. folder.Finished];
    }

    /// <summary>Tells a tuner of a trial as if it ran again.</summary>
    /// <returns>What it proposed.</returns>
    private static TrialParameters? Replay(ITuner tuner, TrialResult finished)
    {
        var proposed = tuner.Propose(finished.TrialSettings.TrialId);
        foreach (var epoch in finished.LearningCurve.Where(epoch => epoch is { Run: 0, ValidationScore: not null }))
            tuner.GoesOn(finished.TrialSettings.TrialId, epoch.Epoch, -epoch.ValidationScore!.Value);
        tuner.Update(finished);
        return proposed;
    }

    private ExperimentResult Result(List<TrialResult> trials, ExperimentFolder folder, Fold first)
    {
        if (Best(trials) is not { } best)
        {
            var failed = trials.FindAll(trial => trial.State == TrialState.Failed);
            var why = failed.Count == 0 ? "; the time was too short." : $", {failed.Count} of them failed, the first with '{failed[0].Error}'";
            throw new InvalidOperationException($"No trial completed: {trials.Count} ended{why}");
        }

        var model = _context.VisionLanguage().Load(folder.ModelOf(best.TrialSettings.TrialId));
        var pipeline = _pipeline!(new(_context, best.TrialSettings.Parameters, _seed, first.Training, first.Validation));
        return new(model, pipeline, best, [.. trials.Select(trial => trial == best ? trial : trial with { ModelPath = null })]);
    }

    private static TrialResult? Best(IEnumerable<TrialResult> trials) =>
        trials.Where(trial => trial.State == TrialState.Completed).MinBy(trial => trial.Loss);

    private SortedDictionary<string, string> Identity(SearchSpace space, IReadOnlyList<Fold> folds) => new(StringComparer.Ordinal)
    {
        ["space"] = space.ToString(),
        ["metric"] = _metric.Name,
        ["tuner"] = _tunerName,
        ["seed"] = _seed.ToString(CultureInfo.InvariantCulture),
        ["repetitions"] = _repetitions.ToString(CultureInfo.InvariantCulture),
        ["rows"] = string.Join(", ", folds.Select(fold => $"{Count(fold.Training)} + {Count(fold.Validation)}")),
    };

    private static long Count(IDataView view)
    {
        if (view.GetRowCount() is { } known) return known;
        using var cursor = view.GetRowCursor([]);
        var count = 0L;
        while (cursor.MoveNext()) count++;
        return count;
    }

    private static InvalidOperationException NotSet(string method, string what) => new($"The experiment does not know {what}: call {method}.");
}
