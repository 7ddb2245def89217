using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Experiments;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Tool;
using Xunit;
using Space = MLNet.VisionLanguage.VisualQuestionAnsweringSpace;

namespace MLNet.VisionLanguage.Tests.Experiments;

/// <summary>The search space of visual question answering and the pipelines it makes.</summary>
[Collection(TorchCollection.Name)]
public sealed class AnsweringSpaceTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();
    private readonly IDataView _rows;

    public AnsweringSpaceTests()
    {
        ColourQuestions.WriteEasyVqa(_folder.Path, pictures: 24);
        _rows = VqaDataset.LoadEasyVqa(_folder.Path, new() { VqaSoftScores = false }).ToDataView(_ml);
    }

    public static TheoryData<string> Kinds => [.. VisionLanguageModel.Kinds];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_model_and_region_source_is_a_choice()
    {
        var space = Space.Default(regions: ["features:f.tsv", "detector:d.bin"]);

        Assert.Equal(VisionLanguageModel.Kinds.Order(), Choices(Space.Model).Cast<string>().Order());
        Assert.Superset(new HashSet<object> { "grid:4", "grid:4+1", "resnet18:7", "features:f.tsv", "detector:d.bin" }, Choices(Space.RegionSource).ToHashSet());
        Assert.False(space.Choose(parameter => parameter.Name == Space.Model ? "fiber" : parameter.Option.DefaultValue).Has(Space.RegionSource));
        Assert.DoesNotContain("fiber", Space.Default(regions: ["features:f.tsv"], images: false).ToString());
        Assert.Equal(
            """{"model":"vilbert","size":1.0,"regions":"grid:4","cellSize":8,"learningRate":0.001,"batchSize":64,"dropout":0.0,"epochs":10}""",
            space.Default().ToString());
        var starting = Space.Default(initialWeights: ["a.zip"]);
        Assert.Equal(
            ["initialWeights", "learningRate", "batchSize", "epochs"],
            starting.Choose(parameter => parameter.Name == Space.InitialWeights ? "a.zip" : parameter.Option.DefaultValue).Select(one => one.Key));

        IReadOnlyList<object> Choices(string name) => ((ChoiceOption)space.First(parameter => parameter.Name == name).Option).Values;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_model_of_any_kind_comes_in_any_size(string kind)
    {
        var small = ModelKinds.FindSmall(kind);
        var (half, twice) = (ScaledModel.Create(small, 0.5, null), ScaledModel.Create(small, 2, 0.25));

        Assert.Equal((small.TextSize / 2, small.TextSize * 2), (half.TextSize, twice.TextSize));
        Assert.Same(small, ScaledModel.Create(small, 1, null));
        Assert.Contains("0.25", twice.ToJson());
        Assert.DoesNotContain("0.25", half.ToJson());
        Assert.Equal(ScaledModel.Create(small, 1, 0.0).ToJson(), small.ToJson());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_pipeline_of_any_kind_is_trained(string kind)
    {
        using var result = Experiment(new SearchSpace().Add(Space.Model, new ChoiceOption(kind)).Add(Space.Size, new ChoiceOption(0.5))
            .Add(Space.RegionSource, new ChoiceOption("grid:2+1")).Add(Space.CellSize, new ChoiceOption(4)).Add(Space.Epochs, new ChoiceOption(2))
            .Add(Space.BatchSize, new ChoiceOption(8)).Add(Space.Dropout, new ChoiceOption(0.1)).Add(Space.WeightDecay, new ChoiceOption(0.0))
            .Add(Space.WarmupProportion, new ChoiceOption(0.2)).Add(Space.LearningRate, new ChoiceOption(3e-3))).Run();

        Assert.Equal(2, result.BestTrial.LearningCurve.Count);
        Assert.InRange(result.BestTrial.Metric, 0, 1);
    }

    [Fact]
    public void Folds_are_grouped_by_image()
    {
        using var result = Experiment(new SearchSpace().Add(Space.RegionSource, new ChoiceOption("grid:1")).Add(Space.Size, new ChoiceOption(0.5))
            .Add(Space.CellSize, new ChoiceOption(4)).Add(Space.Epochs, new ChoiceOption(1))).SetDataset(_rows, numberOfFolds: 3).Run();

        Assert.Equal(3, result.BestTrial.Metrics.Count);
        Assert.Equal([0, 1, 2], result.BestTrial.LearningCurve.Select(epoch => epoch.Run));
        Assert.Equal(result.BestTrial.Metrics.Average(), result.BestTrial.Metric, 1e-12);
    }

    [Fact]
    public void Training_starts_from_a_model_that_is_there()
    {
        var learnt = new SearchSpace().Add(Space.RegionSource, new ChoiceOption("grid:2")).Add(Space.CellSize, new ChoiceOption(4)).Add(Space.BatchSize, new ChoiceOption(8))
            .Add(Space.Epochs, new ChoiceOption(12)).Add(Space.LearningRate, new ChoiceOption(3e-3));
        using var first = Experiment(learnt).SetCheckpoint(_folder.File("first")).Run();
        var zip = _folder.File($"first/{first.BestTrial.ModelPath}");
        using var second = Experiment(new SearchSpace().Add(Space.InitialWeights, new ChoiceOption(zip)).Add(Space.Epochs, new ChoiceOption(1))
            .Add(Space.LearningRate, new ChoiceOption(1e-9))).Run();

        Assert.Equal(first.BestTrial.Metric, second.BestTrial.Metric, 1e-6);
    }

    [Fact]
    public void An_ONNX_detector_finds_the_regions_of_a_trial()
    {
        // One box in each half of the picture, and the picture itself to cut features from.
        var graph = new GraphBuilder("detector");
        var image = graph.Input("image", OnnxType.Float, 1, 3, 8, 8);
        graph.Output("boxes", graph.Constant([0, 0, 4, 8, 4f, 0, 8, 8], 1, 2, 4), 1, 2, 4);
        graph.Output("scores", graph.Constant([0.9f, 0.8f], 1, 2, 1), 1, 2, 1);
        graph.Output("map", image, 1, 3, 8, 8);
        var model = _folder.Write("own@detector.onnx", graph.ToArray());
        File.WriteAllText(_folder.File("own.json"), new OnnxDetector { InputWidth = 8, InputHeight = 8, Maps = ["map"], Deviation = [255, 255, 255] }.ToJson());
        var space = new SearchSpace().Add(Space.RegionSource, new ChoiceOption($"onnx:{_folder.File("own.json")}@{model}")).Add(Space.Size, new ChoiceOption(0.5))
            .Add(Space.BatchSize, new ChoiceOption(8)).Add(Space.Epochs, new ChoiceOption(12)).Add(Space.LearningRate, new ChoiceOption(3e-3));
        using var result = Experiment(space).SetCheckpoint(_folder.File("kept")).Run();

        var scored = result.Model.Transform(_rows);
        Assert.All(scored.GetColumn<float[]>("RegionBoxes"), boxes => Assert.Equal(8, boxes.Length));
        Assert.All(scored.GetColumn<float[]>("RegionFeatures"), features => Assert.Equal(6, features.Length));
        var curve = result.BestTrial.LearningCurve;
        Assert.True(curve[^1].Loss < curve[0].Loss, $"{curve[0].Loss} {curve[^1].Loss}");
        Assert.True(File.Exists(_folder.File($"kept/{result.BestTrial.ModelPath}")));
    }

    [Fact]
    public void An_ONNX_detector_that_is_none_fails_its_trial()
    {
        var failed = Assert.Throws<InvalidOperationException>(
            () => Experiment(new SearchSpace().Add(Space.RegionSource, new ChoiceOption("onnx:yolo@none.onnx"))).Run());
        Assert.Contains("'yolo' is no ONNX detector; known are", failed.Message);
    }

    [Fact]
    public void A_region_source_that_is_none_fails_its_trial()
    {
        foreach (var source in new[] { "grid:", "grid:x", "grid:4+", "mesh:4", "features:", "onnx:a.onnx", "onnx:@a.onnx", "onnx:nanodet@" })
        {
            var failed = Assert.Throws<InvalidOperationException>(() => Experiment(new SearchSpace().Add(Space.RegionSource, new ChoiceOption(source))).Run());
            Assert.Contains($"'{source}' is no region source", failed.Message);
        }
    }

    [Fact]
    public void The_older_shape_tells_of_its_runs()
    {
        var heard = new List<VisualQuestionAnsweringRunDetail>();
        var settings = new VisualQuestionAnsweringExperimentSettings
        {
            MaxExperimentTimeInSeconds = 600,
            MaxModels = 2,
            SearchSpace = new SearchSpace().Add(Space.Model, new ChoiceOption("lxmert")).Add(Space.RegionSource, new ChoiceOption("grid:2"))
                .Add(Space.Epochs, new ChoiceOption(1)).Add(Space.LearningRate, new UniformDoubleOption(1e-4, 1e-2, logBase: true)),
        };
        var split = _ml.VisionLanguage().TrainTestSplit(_rows, 0.25);
        using var result = _ml.VisionLanguage().CreateVisualQuestionAnsweringExperiment(settings).Execute(split.TrainSet, split.TestSet, new Handler(heard.Add));

        Assert.Equal(2, result.RunDetails.Count);
        Assert.Equal(result.RunDetails.Select(run => run.ValidationMetric), heard.Select(run => run.ValidationMetric));
        Assert.All(result.RunDetails, run => Assert.Equal("lxmert", run.TrainerName));
        Assert.Contains(result.BestRun, result.RunDetails);
        Assert.Equal(result.BestRun.ValidationMetric, result.BestRunMetrics.Accuracy, 1e-6);
        Assert.NotNull(result.Estimator);
    }

    private VisionLanguageExperiment Experiment(SearchSpace space) => _ml.VisionLanguage().CreateExperiment()
        .SetDataset(_rows, validationFraction: 0.3).SetSearchSpace(space).SetMaxModelToExplore(1);

    private sealed class Handler(Action<VisualQuestionAnsweringRunDetail> action) : IProgress<VisualQuestionAnsweringRunDetail>
    {
        public void Report(VisualQuestionAnsweringRunDetail value) => action(value);
    }
}
