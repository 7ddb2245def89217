using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Text;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Training;

/// <summary>The ML.NET pipeline of this sample: what comes before the trainer, and the trainer.</summary>
internal static class VqaPipeline
{
    private static readonly GridFeatureOptions Regions = new() { Grid = 3, CellSize = 8 };

    private static readonly ViLbertConfig Model = ViLbertConfig.Tiny with { RegionFeatureSize = Regions.FeatureSize, Fusion = "sum" };

    /// <summary>Adds to ImagePath and Question the columns that the trainer reads.</summary>
    public static IEstimator<TransformerChain<ITransformer>> Preparation(MLContext ml, BertVocabulary vocabulary) =>
        new EstimatorChain<ITransformer>()
            .Append(ml.Transforms.LoadImageFiles("Image", "", "ImagePath"))
            .Append(ml.Transforms.ExtractGridFeatures("Image", Regions))
            .Append<ITransformer>(ml.Transforms.TokenizeText(vocabulary, "Question", null, options: new() { MaxLength = Model.MaxPositions }));

    /// <summary>Trains from nothing, so at a higher rate than fine-tuning takes.</summary>
    public static VisualQuestionAnsweringTrainer Trainer(
        MLContext ml, BertVocabulary vocabulary, TrainingSettings settings, IProgress<TrainingProgress> progress,
        CancellationToken cancellation) =>
        ml.VisionLanguage().Trainers.VisualQuestionAnswering(new()
        {
            Model = Model with { VocabularySize = vocabulary.Count },
            Initialization = WeightInitialization.Xavier,
            LearningRate = settings.LearningRate,
            HeadLearningRate = null,
            CorrectBias = true,
            GradientClipping = 1,
            BatchSize = settings.BatchSize,
            Epochs = settings.Epochs,
            Seed = settings.Seed,
            Progress = progress,
            Cancellation = cancellation,
            ReportEvery = 20,
        });
}
