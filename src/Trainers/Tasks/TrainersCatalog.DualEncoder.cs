namespace MLNet.VisionLanguage;

public static partial class TrainersCatalog
{
    /// <summary>A trainer that learns to embed text and image each by itself, of pairs that belong together.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The model: FIBER.</param>
    /// <param name="initialWeights">A checkpoint to start from; null starts from fresh weights.</param>
    /// <param name="epochs">Passes over the training rows.</param>
    /// <param name="batchSize">Rows of a batch, which are told from each other.</param>
    /// <param name="learningRate">Learning rate of the two towers.</param>
    /// <param name="headLearningRate">There is no head; null.</param>
    /// <param name="seed">Makes weights, batch order and dropout repeatable; null takes the MLContext's, and 1 when that has none.</param>
    /// <exception cref="ArgumentException">An argument has an impossible value; the message names it.</exception>
    public static DualEncoderTrainer DualEncoder(
        this VisionLanguageTrainersCatalog catalog, VisionLanguageModel model, string? initialWeights = null,
        int epochs = 10, int batchSize = 1024, double learningRate = 2e-5,
        double? headLearningRate = null, int? seed = null) => DualEncoder(catalog, Named<DualEncoderOptions>(
            model, initialWeights, epochs, batchSize, learningRate, headLearningRate, seed));

    /// <summary>As the overload with named arguments, with every option.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; null takes the defaults.</param>
    /// <exception cref="ArgumentException">An option has an impossible value; the message names it.</exception>
    public static DualEncoderTrainer DualEncoder(this VisionLanguageTrainersCatalog catalog, DualEncoderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(catalog.Context, options ?? new());
    }
}
