using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Models;
using static MLNet.VisionLanguage.VisualQuestionAnsweringSpace;

namespace MLNet.VisionLanguage.Experiments;

/// <summary>Makes pipelines of the parameters of <see cref="VisualQuestionAnsweringSpace"/>.</summary>
internal static class AnsweringPipeline
{
    private const string DefaultRegions = "grid:4";
    private const double FineTuningRate = 4e-5;

    public static IEstimator<ITransformer> Create(Trial trial)
    {
        var parameters = trial.Parameters;
        var start = parameters.Get(InitialWeights, FromNothing) is var path && path != FromNothing ? StartingModel.Open(trial.Context, path) : null;
        var options = trial.Watch(start is null ? Fresh(parameters) : GoingOn(parameters, start));
        if (parameters.Has(BatchSize)) options.BatchSize = parameters.Get<int>(BatchSize);
        if (parameters.Has(Epochs)) options.Epochs = parameters.Get<int>(Epochs);
        if (parameters.Has(WeightDecay)) options.WeightDecay = parameters.Get<double>(WeightDecay);
        if (parameters.Has(WarmupProportion)) options.WarmupProportion = parameters.Get<double>(WarmupProportion);
        var vocabulary = start?.Vocabulary ?? Words(options.Model, trial.Training.GetColumn<string>(nameof(VqaExample.Question)));
        return Sight(trial, options.Model, start)
            .Append(trial.Context.Transforms.TokenizeText(vocabulary, nameof(VqaExample.Question), null, new TokenizeTextOptions
            {
                MaxLength = options.Model.MaxTokens,
                Uncased = start?.Uncased ?? vocabulary.CanBeUncased,
            }))
            .Append(trial.Context.VisionLanguage().Trainers.VisualQuestionAnswering(options), trial.Validation);
    }

    /// <summary>The steps that look at images: as a whole, where the model takes them so.</summary>
    private static IEstimator<ITransformer> Sight(Trial trial, VisionLanguageModel model, StartingModel? start)
    {
        if (model.ImageSide > 0) return RegionSteps.Whole(trial.Context, model.ImageSide);
        return start?.Grid is { } grid && !trial.Parameters.Has(RegionSource)
            ? RegionSteps.Create(trial.Context, grid)
            : RegionSteps.Create(
                trial.Context, trial.Parameters.Get(RegionSource, DefaultRegions), trial.Parameters.Get(CellSize, new GridFeatureOptions().CellSize));
    }

    private static TextVocabulary Words(VisionLanguageModel model, IEnumerable<string> texts) =>
        model.PaddingWord == 0 ? BertVocabulary.Build(texts) : BytePairVocabulary.Build(texts);

    private static VisualQuestionAnsweringOptions Fresh(TrialParameters parameters)
    {
        var small = ModelKinds.FindSmall(parameters.Get(Model, ViLbertConfig.Base.Kind));
        var model = ScaledModel.Create(small, parameters.Get(Size, 1.0), parameters.Has(Dropout) ? parameters.Get<double>(Dropout) : null);
        var options = VisualQuestionAnsweringOptions.FromScratch(model);
        options.LearningRate = parameters.Get(LearningRate, options.LearningRate);
        return options;
    }

    private static VisualQuestionAnsweringOptions GoingOn(TrialParameters parameters, StartingModel start) => new()
    {
        Model = start.Model,
        InitialWeights = start.Weights,
        LearningRate = parameters.Get(LearningRate, FineTuningRate),
        HeadLearningRate = null,
        CorrectBias = true,
        GradientClipping = 1,
        BatchSize = 64,
    };
}
