using System.Globalization;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;
using Space = MLNet.VisionLanguage.VisualQuestionAnsweringSpace;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>An experiment of twelve minutes on 80 scenes.</summary>
[Collection(TorchCollection.Name)]
public sealed class SceneExperimentTests(ITestOutputHelper output) : IDisposable
{
    private const int Seconds = 12 * 60;
    private const int Epochs = 20;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "experiments")]
    public void Twelve_minutes_find_what_is_at_least_as_good_as_the_default()
    {
        Assert.Equal(0, ToolRun.Run("scenes", "--output", _folder.File("scenes"), "--scenes", "80", "--val-scenes", "80").Code);
        using var found = Experiment(new SearchSpace()
            .Add(Space.Model, new ChoiceOption(ViLbertConfig.Base.Kind, LxmertConfig.Base.Kind, VlBertConfig.Base.Kind))
            .Add(Space.Size, new ChoiceOption(1.0, 0.5))
            .Add(Space.RegionSource, new ChoiceOption("grid:3", "grid:4", "grid:3+1", "grid:2"))
            .Add(Space.CellSize, new ChoiceOption(8, 4))
            .Add(Space.LearningRate, new UniformDoubleOption(3e-4, 1e-2, logBase: true, defaultValue: 1e-3))
            .Add(Space.BatchSize, new ChoiceOption(64, 32))
            .Add(Space.Dropout, new UniformDoubleOption(0, 0.3, defaultValue: 0))
            .Add(Space.Epochs, new ChoiceOption(Epochs)))
            .SetTrainingTimeInSeconds(Seconds).Run();
        foreach (var trial in found.Trials)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{trial.TrialSettings.TrialId} {trial.State} {trial.Metric:F4} {trial.DurationInSeconds:F0} s {trial.PeakMemoryInMegaByte:F0} MB "
                + $"{trial.TrialSettings.Parameters} {trial.Error}"));
        }

        // The first trial is the default; given the time of the longest it has so many more epochs.
        var longest = found.Trials.Max(trial => trial.DurationInSeconds);
        var epochs = (int)Math.Ceiling(Epochs * longest / found.Trials[0].DurationInSeconds);
        var parameters = found.Trials[0].TrialSettings.Parameters;
        var fixedSpace = parameters.Aggregate(new SearchSpace(), (space, one) => space.Add(one.Key, new ChoiceOption(one.Key == Space.Epochs ? epochs : one.Value)));
        using var usual = Experiment(fixedSpace).SetMaxModelToExplore(1).Run();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{found.Trials.Count} trials; best {found.BestTrial.Metric:F4}; default {found.Trials[0].Metric:F4}, with {epochs} epochs "
            + $"{usual.BestTrial.Metric:F4} in {usual.BestTrial.DurationInSeconds:F0} s (longest trial {longest:F0} s)"));

        Assert.True(found.Trials.Count >= 8, $"{found.Trials.Count} trials");
        Assert.True(found.BestTrial.Metric >= usual.BestTrial.Metric);
    }

    private VisionLanguageExperiment Experiment(SearchSpace space) => _ml.VisionLanguage().CreateExperiment()
        .SetDataset(Part("train"), Part("val")).SetSearchSpace(space).SetTuner(ExperimentTuner.CostFrugal)
        .SetTrialProcess(new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "vl.dll")));

    private IDataView Part(string part) => VqaDataset.Load(
        _folder.File($"scenes/{part}_questions.json"), _folder.File($"scenes/{part}_annotations.json"), _folder.File("scenes/images")).ToDataView(_ml);
}
