using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static MLNet.VisionLanguage.Tests.Experiments.TrialPrograms;

namespace MLNet.VisionLanguage.Tests.Experiments;

[Collection(TorchCollection.Name)]
public sealed class ExperimentTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_best_trial_is_a_model_and_every_trial_is_told()
    {
        var heard = new MonitorLog();
        using var result = Create(_ml, Learning).SetMaxModelToExplore(4).SetMonitor(heard).Run();

        Assert.Equal([0, 1, 2, 3], result.Trials.Select(trial => trial.TrialSettings.TrialId));
        Assert.Equal(Learning.Default(), result.Trials[0].TrialSettings.Parameters);
        Assert.All(result.Trials, trial =>
        {
            Assert.Equal(TrialState.Completed, trial.State);
            Assert.InRange(trial.Metric, 0, 1);
            Assert.Equal(-trial.Metric, trial.Loss);
            Assert.Equal([trial.Metric], trial.Metrics);
            Assert.Equal(trial.TrialSettings.Parameters.Get<int>("epochs"), trial.LearningCurve.Count);
            Assert.Equal(Enumerable.Range(1, trial.LearningCurve.Count), trial.LearningCurve.Select(epoch => epoch.Epoch));
            Assert.All(trial.LearningCurve, epoch => Assert.InRange(epoch.ValidationScore!.Value, 0, 1));
            Assert.Equal(trial.LearningCurve.Max(epoch => epoch.ValidationScore!.Value), trial.Metric, 1e-6);
            Assert.InRange(trial.DurationInSeconds, 0.001, 100);
            Assert.True(trial.PeakMemoryInMegaByte > 10);
        });
        Assert.Equal(result.Trials.Max(trial => trial.Metric), result.BestTrial.Metric);
        var measured = _ml.VisionLanguage().EvaluateVisualQuestionAnswering(result.Model.Transform(Rows(_ml, 10, seed: 2)));
        Assert.Equal(result.BestTrial.Metric, measured.Accuracy, 1e-6);
        Assert.Equal(result.Trials, heard.Completed.Select(trial => trial.TrialSettings == result.BestTrial.TrialSettings ? trial : trial with { ModelPath = null }));
        Assert.Equal(result.BestTrial, heard.Best[^1]);
        Assert.Equal(result.Trials.Sum(trial => trial.LearningCurve.Count), heard.Epochs.Count);

        // The pipeline is as it was tried: trained again it is as good.
        using var again = result.Pipeline.Fit(Rows(_ml)) as IDisposable;
        Assert.Equal(
            result.BestTrial.Metric,
            _ml.VisionLanguage().EvaluateVisualQuestionAnswering(((ITransformer)again!).Transform(Rows(_ml, 10, seed: 2))).Accuracy, 1e-6);
    }

    [Fact]
    public void The_same_seed_tries_the_same_with_the_same_outcome()
    {
        Assert.Equal(Tried(7), Tried(7));
        Assert.NotEqual(Tried(7), Tried(8));

        string Tried(int seed)
        {
            using var result = Create(_ml, Learning).SetMaxModelToExplore(3).SetSeed(seed).Run();
            return string.Join('\n', result.Trials.Select(trial => $"{trial.TrialSettings.Parameters} {trial.Metric}"));
        }
    }

    [Fact]
    public void A_trial_that_diverges_has_failed_and_the_experiment_goes_on()
    {
        var heard = new MonitorLog();
        using var result = Create(_ml, Doing(Diverge, Learn)).SetTuner(ExperimentTuner.Grid).SetMonitor(heard).Run();

        Assert.Equal([TrialState.Failed, TrialState.Completed], result.Trials.Select(trial => trial.State));
        Assert.Contains("loss became", result.Trials[0].Error);
        Assert.Equal(double.PositiveInfinity, result.Trials[0].Loss);
        Assert.Equal(1, result.BestTrial.TrialSettings.TrialId);
        Assert.Equal(0, Assert.Single(heard.Failed).TrialSettings.TrialId);
        Assert.Equal([1], heard.Completed.Select(trial => trial.TrialSettings.TrialId));
    }

    [Fact]
    public void A_trial_in_this_process_ends_at_its_time()
    {
        var heard = new MonitorLog();
        var failed = Assert.Throws<InvalidOperationException>(() => Create(_ml, new SearchSpace().Add("epochs", new ChoiceOption(100_000)))
            .SetTuner(ExperimentTuner.Grid).SetTrialTimeInSeconds(2).SetMonitor(heard).Run());

        Assert.Contains("not done after 2 s", failed.Message);
        Assert.InRange(Assert.Single(heard.Failed).DurationInSeconds, 2, 60);
    }

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "experiments")]
    public void A_trial_in_this_process_that_takes_too_long_does_not_end_the_experiment()
    {
        var space = new SearchSpace().Add("epochs", new ChoiceOption(100_000, 1));
        using var result = Create(_ml, space).SetTuner(ExperimentTuner.Grid).SetTrialTimeInSeconds(20).Run();

        Assert.Equal([TrialState.Failed, TrialState.Completed], result.Trials.Select(trial => trial.State));
        Assert.NotEmpty(result.Trials[0].LearningCurve);
    }

    [Fact]
    public void Memory_in_this_process_is_held_to_its_limit()
    {
        var failed = Assert.Throws<InvalidOperationException>(() => Create(_ml, new SearchSpace().Add("epochs", new ChoiceOption(100_000)))
            .SetTuner(ExperimentTuner.Grid).SetMaximumMemoryUsageInMegaByte(1).Run());

        Assert.Contains("No trial completed: 1 ended, 1 of them failed", failed.Message);
        Assert.Contains("the limit is 1 MB", failed.Message);
    }

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "experiments")]
    public void Time_that_is_up_ends_the_experiment_and_the_trial_does_not_count()
    {
        var space = new SearchSpace().Add("epochs", new ChoiceOption(1, 100_000));
        using var result = Create(_ml, space).SetTuner(ExperimentTuner.Grid).SetTrainingTimeInSeconds(30).Run();

        Assert.Equal(1, Assert.Single(result.Trials).TrialSettings.Parameters.Get<int>("epochs"));
    }

    [Fact]
    public async Task A_cancelled_experiment_has_the_trials_so_far_or_none()
    {
        using var cancel = new CancellationTokenSource();
        var heard = new MonitorLog { WhenCompleted = result => { if (result.TrialSettings.TrialId == 1) cancel.Cancel(); } };
        using var result = await Create(_ml, Learning).SetMaxModelToExplore(9).SetMonitor(heard).RunAsync(cancel.Token);
        Assert.Equal(2, result.Trials.Count);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Create(_ml, Learning).SetMaxModelToExplore(9).RunAsync(new(canceled: true)));
    }

    [Fact]
    public void Repetitions_have_a_mean_and_a_deviation()
    {
        using var result = Create(_ml, new SearchSpace().Add("epochs", new ChoiceOption(1))).SetTuner(ExperimentTuner.Grid).SetRepetitions(3).Run();
        using var single = Create(_ml, new SearchSpace().Add("epochs", new ChoiceOption(1))).SetTuner(ExperimentTuner.Grid).Run();

        var metrics = result.BestTrial.Metrics;
        Assert.Equal(3, metrics.Count);
        Assert.Equal(single.BestTrial.Metric, metrics[0]);
        Assert.Equal(metrics.Average(), result.BestTrial.Metric, 1e-12);
        Assert.Equal(Math.Sqrt(metrics.Sum(one => Math.Pow(one - metrics.Average(), 2)) / 2), result.BestTrial.Deviation, 1e-12);
        Assert.Equal([0, 1, 2], result.BestTrial.LearningCurve.Select(epoch => epoch.Run));

        // The model kept is the best repetition's.
        var kept = _ml.VisionLanguage().EvaluateVisualQuestionAnswering(result.Model.Transform(Rows(_ml, 10, seed: 2))).Accuracy;
        Assert.Equal(metrics.Max(), kept, 1e-6);
    }

    [Fact]
    public void Halving_stops_trials_that_are_behind()
    {
        // The first learns; the second's rate is too small to, and is seen after its third epoch.
        var space = new SearchSpace().Add("rate", new ChoiceOption(3e-3, 1e-9)).Add("epochs", new ChoiceOption(5));
        using var result = Create(_ml, space).SetTuner((s, _) => new SuccessiveHalvingTuner(new GridTuner(s), minEpochs: 3)).SetMaxModelToExplore(2).Run();

        Assert.Equal([TrialState.Completed, TrialState.Stopped], result.Trials.Select(trial => trial.State));
        Assert.Equal([5, 3], result.Trials.Select(trial => trial.LearningCurve.Count));
        Assert.Equal(result.Trials[1].LearningCurve[^1].ValidationScore, result.Trials[1].Metric);
        Assert.Equal(0, result.BestTrial.TrialSettings.TrialId);
    }

    [Fact]
    public void A_metric_may_be_better_the_less_it_is()
    {
        var metric = new ExperimentMetric("wrong", (ml, rows) => 1 - ml.EvaluateVisualQuestionAnswering(rows).Accuracy, IsMaximized: false);
        using var result = Create(_ml, Learning).SetMaxModelToExplore(3).SetMetric(metric).Run();

        Assert.Equal(result.Trials.Min(trial => trial.Metric), result.BestTrial.Metric);
        Assert.Equal(result.BestTrial.Metric, result.BestTrial.Loss);
    }

    [Fact]
    public void An_experiment_goes_on_from_its_checkpoint()
    {
        using var whole = Create(_ml, Learning).SetMaxModelToExplore(5).Run();
        Create(_ml, Learning).SetMaxModelToExplore(3).SetCheckpoint(_folder.File("e")).Run().Dispose();

        // A process that was killed while it wrote left half a line.
        File.AppendAllText(_folder.File("e/trials.jsonl"), """{"trialSettings":{"trialId":3,"para""");
        var heard = new MonitorLog();
        using var result = Create(_ml, Learning).SetMaxModelToExplore(5).SetCheckpoint(_folder.File("e")).SetMonitor(heard).Run();

        Assert.Equal([3, 4], heard.Running.Select(settings => settings.TrialId));
        Assert.Equal(whole.Trials.Select(Told), result.Trials.Select(Told));
        Assert.Equal(5, File.ReadAllLines(_folder.File("e/trials.jsonl")).Length);
        Assert.All(File.ReadAllLines(_folder.File("e/trials.jsonl")), line => JsonDocument.Parse(line).Dispose());
        Assert.True(File.Exists(_folder.File($"e/{result.BestTrial.ModelPath}")));
        Assert.Single(Directory.EnumerateFiles(_folder.File("e"), "model.zip", SearchOption.AllDirectories));

        static string Told(TrialResult trial) => $"{trial.TrialSettings.Parameters} {trial.Metric}";
    }

    [Fact]
    public void A_checkpoint_of_another_experiment_is_refused()
    {
        Create(_ml, Learning).SetMaxModelToExplore(1).SetCheckpoint(_folder.Path).Run().Dispose();

        Refused("seed", experiment => experiment.SetSeed(2));
        Refused("tuner", experiment => experiment.SetTuner(ExperimentTuner.Random));
        Refused("space", experiment => experiment.SetPipeline(Doing(Learn), Pipeline));
        Refused("metric", experiment => experiment.SetMetric(ExperimentMetric.GqaAccuracy));
        Refused("rows", experiment => experiment.SetDataset(Rows(_ml, 4), Rows(_ml, 4)));
        File.WriteAllText(_folder.File("trials.jsonl"), "no JSON\n");
        Assert.Contains("trials.jsonl:1: ", Assert.Throws<InvalidDataException>(() => Again().Run()).Message);

        VisionLanguageExperiment Again() => Create(_ml, Learning).SetMaxModelToExplore(2).SetCheckpoint(_folder.Path);

        void Refused(string what, Func<VisionLanguageExperiment, VisionLanguageExperiment> change) => Assert.Contains(
            $"is of another experiment: {what} (", Assert.Throws<InvalidOperationException>(() => change(Again()).Run()).Message);
    }

    [Fact]
    public void What_is_not_set_is_told()
    {
        Told("call SetSearchSpace or SetPipeline", _ml.VisionLanguage().CreateExperiment());
        Told("call SetDataset", _ml.VisionLanguage().CreateExperiment().SetPipeline(Learning, Pipeline));
        Told("call SetTrainingTimeInSeconds or SetMaxModelToExplore", Create(_ml, Learning));
        Assert.Contains("known are model, size, regions", Assert.Throws<ArgumentException>(
            () => _ml.VisionLanguage().CreateExperiment().SetSearchSpace(new SearchSpace().Add("rate", new ChoiceOption(1)))).Message);
        Assert.Contains("'bert' is no model", Assert.Throws<NotSupportedException>(
            () => _ml.VisionLanguage().CreateExperiment().SetSearchSpace(new SearchSpace().Add("model", new ChoiceOption("bert")))).Message);
        Assert.Contains("known are accuracy, gqa-accuracy", Assert.Throws<ArgumentException>(() => ExperimentMetric.Find("f1")).Message);

        static void Told(string expected, VisionLanguageExperiment experiment) =>
            Assert.Contains(expected, Assert.Throws<InvalidOperationException>(() => experiment.Run()).Message);
    }
}
