using System.Diagnostics;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;
using static MLNet.VisionLanguage.Tests.Experiments.TrialPrograms;

namespace MLNet.VisionLanguage.Tests.Experiments;

/// <summary>Trials in processes of their own, whatever they do there.</summary>
[Collection(TorchCollection.Name)]
public sealed class TrialProcessTests : IDisposable
{
    /// <summary>Above what .NET and libtorch take to begin with.</summary>
    private const double MegaBytes = 1500;

    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_trial_elsewhere_is_as_a_trial_here()
    {
        using var here = Create(_ml, Learning).SetMaxModelToExplore(2).Run();
        using var elsewhere = Create(_ml, Learning).SetMaxModelToExplore(2).SetTrialProcess(ThisAssembly).Run();

        Assert.Equal(here.Trials.Select(Told), elsewhere.Trials.Select(Told));
        Assert.All(elsewhere.Trials, trial => Assert.InRange(trial.PeakMemoryInMegaByte, 30, 8000));
        var metrics = _ml.VisionLanguage().EvaluateVisualQuestionAnswering(elsewhere.Model.Transform(Rows(_ml, 10, seed: 2)));
        Assert.Equal(elsewhere.BestTrial.Metric, metrics.Accuracy, 1e-6);

        static string Told(TrialResult trial) =>
            $"{trial.TrialSettings} {trial.State} {trial.Error} {trial.Metric:F4} {string.Join(' ', trial.LearningCurve.Select(epoch => $"{epoch.Loss:F4}"))}";
    }

    [SkippableFact]
    public void A_crash_or_a_divergence_is_a_failed_trial_and_the_experiment_goes_on()
    {
        Skip.If(OperatingSystem.IsWindows(), "ends a process by libc's abort");
        AssertFailedButTheLast(Doing(Abort, Diverge, Learn), experiment => experiment, "signal SIGABRT", "loss became").Dispose();
    }

    [Fact]
    public void Memory_without_bound_is_a_failed_trial_and_the_experiment_goes_on()
    {
        using var result = AssertFailedButTheLast(
            Doing(Allocate, AllocateManaged, Learn), experiment => experiment.SetMaximumMemoryUsageInMegaByte(MegaBytes), "the limit is 1500 MB", "not enough memory");
        Assert.InRange(result.Trials[0].PeakMemoryInMegaByte, MegaBytes, 2 * MegaBytes);
    }

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "experiments")]
    public void A_trial_without_end_is_a_failed_trial_and_the_experiment_goes_on() =>
        AssertFailedButTheLast(Doing(Endless, Learn), experiment => experiment.SetTrialTimeInSeconds(60), "not done after 60 s").Dispose();

    private ExperimentResult AssertFailedButTheLast(
        SearchSpace space, Func<VisionLanguageExperiment, VisionLanguageExperiment> limit, params string[] reasons)
    {
        var result = limit(Create(_ml, space).SetTuner(ExperimentTuner.Grid).SetTrialProcess(ThisAssembly)).Run();
        Assert.Equal([.. reasons.Select(_ => TrialState.Failed), TrialState.Completed], result.Trials.Select(trial => trial.State));
        Assert.All(reasons.Zip(result.Trials), pair => Assert.Contains(pair.First, pair.Second.Error));
        Assert.Equal(reasons.Length, result.BestTrial.TrialSettings.TrialId);
        return result;
    }

    [Fact]
    public void Halving_reaches_into_the_process()
    {
        var space = new SearchSpace().Add("rate", new ChoiceOption(3e-3, 1e-9)).Add("epochs", new ChoiceOption(5));
        using var result = Create(_ml, space).SetTuner((s, _) => new SuccessiveHalvingTuner(new GridTuner(s), minEpochs: 3)).SetMaxModelToExplore(2)
            .SetTrialProcess(ThisAssembly).Run();

        Assert.Equal([TrialState.Completed, TrialState.Stopped], result.Trials.Select(trial => trial.State));
        Assert.Equal([5, 3], result.Trials.Select(trial => trial.LearningCurve.Count));
    }

    [Fact]
    public void A_program_that_is_not_there_or_runs_no_trials_is_a_failed_trial()
    {
        var experiment = Create(_ml, Learning).SetMaxModelToExplore(1);
        var failed = Assert.Throws<InvalidOperationException>(() => experiment.SetTrialProcess(ThisAssembly with { Arguments = [.. ThisAssembly.Arguments, "other"] }).Run());
        Assert.Contains("ended with exit code 2, without a result. Its last words: Usage:", failed.Message);
    }

    [Fact]
    public void An_experiment_that_is_killed_goes_on_without_repeating_finished_trials()
    {
        using var whole = Create(new MLContext(1), Learning).SetMaxModelToExplore(5).Run();
        using (var process = TrainingProcess.Start(Command, _folder.Path))
        {
            while (process.StandardOutput.ReadLine() is { } line && line != "trial 2") ;
            process.Kill();
            process.WaitForExit();
        }

        var finished = File.ReadAllLines(_folder.File("trials.jsonl")).Length;
        Assert.InRange(finished, 2, 4);
        using var again = TrainingProcess.Start(Command, _folder.Path);
        var lines = again.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        again.WaitForExit();

        Assert.Equal([.. Enumerable.Range(finished, 5 - finished).Select(i => $"trial {i}"), $"{whole.BestTrial.TrialSettings.TrialId}"], lines);
        using var result = Create(_ml, Learning).SetMaxModelToExplore(5).SetCheckpoint(_folder.Path).Run();
        Assert.Equal(whole.Trials.Select(Told), result.Trials.Select(Told));

        static string Told(TrialResult trial) => $"{trial.TrialSettings.Parameters} {trial.Metric}";
    }

    [Fact]
    public void A_trial_ends_with_the_process_that_waits_for_it()
    {
        // The request of a trial that never ends, given to a process whose standard input then closes.
        var failed = Assert.Throws<InvalidOperationException>(() => Create(_ml, Doing(Endless)).SetTuner(ExperimentTuner.Grid)
            .SetCheckpoint(_folder.Path).SetTrialProcess(ThisAssembly).SetTrialTimeInSeconds(2).Run());
        Assert.Contains("not done after 2 s", failed.Message);
        using var orphan = Process.Start(new ProcessStartInfo(
            ThisAssembly.FileName, [.. ThisAssembly.Arguments, TrialProcess.Verb, _folder.File("trials/0/request.json")])
        { RedirectStandardInput = true })!;
        orphan.StandardInput.Close();

        Assert.True(orphan.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(1, orphan.ExitCode);
    }
}
