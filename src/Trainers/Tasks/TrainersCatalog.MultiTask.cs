namespace MLNet.VisionLanguage;

public static partial class TrainersCatalog
{
    /// <summary>A trainer that trains one model on several tasks at once.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The model: ViLBERT, LXMERT or VL-BERT.</param>
    /// <param name="initialWeights">A checkpoint to start from; null starts from fresh weights.</param>
    /// <param name="epochs">Passes over the rows of the largest task.</param>
    /// <param name="learningRate">Learning rate of the trunk.</param>
    /// <param name="headLearningRate">Learning rate of the heads; null takes <paramref name="learningRate"/>.</param>
    /// <param name="seed">Makes weights, batch order and dropout repeatable; null takes the MLContext's, and 1 when that has none.</param>
    /// <exception cref="ArgumentException">An argument has an impossible value; the message names it.</exception>
    public static MultiTaskTrainer MultiTask(
        this VisionLanguageTrainersCatalog catalog, VisionLanguageModel model, string? initialWeights = null, int epochs = 20,
        double learningRate = 4e-5, double? headLearningRate = 1e-4, int? seed = null) => MultiTask(catalog, new MultiTaskOptions
        {
            Model = model,
            InitialWeights = initialWeights,
            Epochs = epochs,
            LearningRate = learningRate,
            HeadLearningRate = headLearningRate,
            Seed = seed,
        });

    /// <summary>As the overload with named arguments, with every option.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; null takes the defaults.</param>
    /// <exception cref="ArgumentException">An option has an impossible value; the message names it.</exception>
    public static MultiTaskTrainer MultiTask(this VisionLanguageTrainersCatalog catalog, MultiTaskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(catalog.Context, options ?? new());
    }
}
