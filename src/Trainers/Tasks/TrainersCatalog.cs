namespace MLNet.VisionLanguage;

/// <summary>The trainers of this library, on <c>mlContext.VisionLanguage().Trainers</c>.</summary>
public static partial class TrainersCatalog
{
    /// <summary>Options of what every trainer of a task takes by name.</summary>
    private static TOptions Named<TOptions>(
        VisionLanguageModel model, string? initialWeights, int epochs, int batchSize, double learningRate, double? headLearningRate, int? seed,
        Action<TOptions>? own = null)
        where TOptions : TaskTrainerOptions, new()
    {
        var options = new TOptions
        {
            Model = model,
            InitialWeights = initialWeights,
            Epochs = epochs,
            BatchSize = batchSize,
            LearningRate = learningRate,
            HeadLearningRate = headLearningRate,
            Seed = seed,
        };
        own?.Invoke(options);
        return options;
    }
}
