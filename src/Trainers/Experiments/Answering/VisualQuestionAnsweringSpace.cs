using Microsoft.ML;
using MLNet.VisionLanguage.Experiments;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

/// <summary>
/// What experiments on visual question answering try, and the pipelines they make of it. Rows have the columns of <see cref="VqaExample"/>:
/// ImagePath (or ImageId for files of region features), Question, Answers and AnswerScores.
/// </summary>
public static class VisualQuestionAnsweringSpace
{
    /// <summary>The architecture, one of <see cref="VisionLanguageModel.Kinds"/>; "vilbert" where the space does not say.</summary>
    public const string Model = "model";

    /// <summary>How many times as wide as the small model of its kind a model is; 1 where the space does not say.</summary>
    public const string Size = "size";

    /// <summary>
    /// Where regions come from: "grid:4", "grid:4+1" (with a coarser grid), "resnet18:7" (ML.NET's ResNet-18), "features:PATH" (files of region
    /// features, several separated by ';'), "detector:PATH" (a Faster R-CNN) or "onnx:NAME@PATH" (any ONNX detector of that path, described by a
    /// name of <see cref="OnnxDetector.Known"/> or by the path of an <see cref="OnnxDetector"/>'s JSON); "grid:4" where the space does not say.
    /// </summary>
    public const string RegionSource = "regions";

    /// <summary>Pixels along each side of a cell of a grid; 8 where the space does not say.</summary>
    public const string CellSize = "cellSize";

    /// <summary>The learning rate; 1e-3 where the space does not say, and 4e-5 with <see cref="InitialWeights"/>.</summary>
    public const string LearningRate = "learningRate";

    /// <summary>Rows of a batch; 64 where the space does not say.</summary>
    public const string BatchSize = "batchSize";

    /// <summary>All dropout rates of the model; its own where the space does not say.</summary>
    public const string Dropout = "dropout";

    /// <summary>Passes over the training rows; 20 where the space does not say.</summary>
    public const string Epochs = "epochs";

    /// <summary>Decay of the weights; 0.01 where the space does not say.</summary>
    public const string WeightDecay = "weightDecay";

    /// <summary>Share of all updates that warm up; 0.1 where the space does not say.</summary>
    public const string WarmupProportion = "warmupProportion";

    /// <summary>
    /// What training starts from: "none", a model of this library (.zip) or a folder of the transformers library with config.json, vocab.txt and
    /// weights. A model decides kind, sizes and words itself, and one that looks at grids also which.
    /// </summary>
    public const string InitialWeights = "initialWeights";

    /// <summary>The value of <see cref="InitialWeights"/> that starts from nothing.</summary>
    public const string FromNothing = "none";

    internal const string PipelineName = "vqa";

    /// <summary>All parameters that a search space may have.</summary>
    public static IReadOnlyList<string> ParameterNames { get; } =
        [Model, Size, RegionSource, CellSize, LearningRate, BatchSize, Dropout, Epochs, WeightDecay, WarmupProportion, InitialWeights];

    /// <summary>
    /// Every model and region source of this library. Its defaults, which the first trial has, are those of
    /// <see cref="VisualQuestionAnsweringOptions.FromScratch"/> with fewer epochs.
    /// </summary>
    /// <param name="maxEpochs">The most passes over the training rows, at least 2.</param>
    /// <param name="regions">Further region sources, as <see cref="RegionSource"/> has them: files of features, detectors.</param>
    /// <param name="initialWeights">Models to start from, as <see cref="InitialWeights"/> has them.</param>
    /// <param name="images">Whether the rows have images; without, <paramref name="regions"/> are all there are.</param>
    /// <exception cref="ArgumentException">There is nothing to look at.</exception>
    public static SearchSpace Default(
        int maxEpochs = 20, IReadOnlyList<string>? regions = null, IReadOnlyList<string>? initialWeights = null, bool images = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEpochs, 2);
        List<string> sources = images ? ["grid:4", "grid:3", "grid:7", "grid:4+1"] : [];
        if (images && RegionSteps.HasResNet) sources.Add("resnet18:7");
        sources.AddRange(regions ?? []);
        if (sources.Count == 0) throw new ArgumentException("Without images there must be other regions.", nameof(regions));
        string[] grids = [.. sources.Where(source => source.StartsWith(RegionSteps.Grid, StringComparison.Ordinal))];

        // Models that take images whole have no regions to choose.
        var kinds = VisionLanguageModel.Kinds.OrderByDescending(kind => kind == ViLbertConfig.Base.Kind)
            .ToLookup(kind => ModelKinds.FindSmall(kind).ImageSide > 0);
        var space = new SearchSpace();
        SearchCondition? fresh = null;
        if (initialWeights is { Count: > 0 })
        {
            space.Add(InitialWeights, new ChoiceOption([FromNothing, .. initialWeights]));
            fresh = new(InitialWeights, FromNothing);
        }

        space.Add(Model, new ChoiceOption([.. kinds[false], .. images ? kinds[true] : []]), fresh)
            .Add(Size, new ChoiceOption(1.0, 0.5, 2.0), fresh)
            .Add(RegionSource, new ChoiceOption([.. sources]), new(Model, [.. kinds[false]]));
        if (grids.Length > 0) space.Add(CellSize, new ChoiceOption(8, 4, 16), new(RegionSource, [.. grids]));
        return space
            .Add(LearningRate, new UniformDoubleOption(1e-5, 1e-2, logBase: true, defaultValue: 1e-3))
            .Add(BatchSize, new ChoiceOption(64, 32, 128))
            .Add(Dropout, new UniformDoubleOption(0, 0.3, defaultValue: 0), fresh)
            .Add(Epochs, new UniformIntOption(2, maxEpochs, logBase: true, defaultValue: Math.Max(2, maxEpochs / 2)));
    }

    /// <summary>The pipeline of a trial's parameters, which an experiment with a search space trains.</summary>
    /// <param name="trial">The trial.</param>
    /// <exception cref="ArgumentException">A parameter has a value that makes no pipeline.</exception>
    public static IEstimator<ITransformer> CreatePipeline(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return AnsweringPipeline.Create(trial);
    }

    /// <exception cref="ArgumentException">A parameter is not one of <see cref="ParameterNames"/>, or names a kind of model that there is not.</exception>
    internal static void Check(SearchSpace space)
    {
        foreach (var parameter in space)
        {
            if (!ParameterNames.Contains(parameter.Name))
                throw new ArgumentException(
                    $"The search space has a parameter '{parameter.Name}', which pipelines of visual question answering do not have; known are "
                    + $"{string.Join(", ", ParameterNames)}. {nameof(VisionLanguageExperiment.SetPipeline)} takes pipelines of your own.", nameof(space));
            if (parameter is { Name: Model, Option: ChoiceOption kinds })
                foreach (var kind in kinds.Values) _ = ModelKinds.Find(kind as string ?? "");
        }
    }
}
