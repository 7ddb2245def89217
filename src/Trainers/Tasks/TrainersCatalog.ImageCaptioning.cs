namespace MLNet.VisionLanguage;

public static partial class TrainersCatalog
{
    /// <summary>A trainer that learns to write captions, of images with texts that describe them.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The model: FIBER.</param>
    /// <param name="vocabulary">The vocabulary that the texts' tokens are of.</param>
    /// <param name="initialWeights">A checkpoint to start from; null starts from fresh weights.</param>
    /// <param name="epochs">Passes over the training rows.</param>
    /// <param name="batchSize">Rows of a batch.</param>
    /// <param name="learningRate">Learning rate of the trunk.</param>
    /// <param name="headLearningRate">Learning rate of the head that tells words; null takes <paramref name="learningRate"/>.</param>
    /// <param name="seed">Makes weights, batch order and dropout repeatable; null takes the MLContext's, and 1 when that has none.</param>
    /// <exception cref="ArgumentException">An argument has an impossible value; the message names it.</exception>
    public static ImageCaptioningTrainer ImageCaptioning(
        this VisionLanguageTrainersCatalog catalog, VisionLanguageModel model, TextVocabulary vocabulary, string? initialWeights = null,
        int epochs = 10, int batchSize = 512, double learningRate = 5e-5, double? headLearningRate = 2.5e-4, int? seed = null) =>
        ImageCaptioning(catalog, Named<ImageCaptioningOptions>(
            model, initialWeights, epochs, batchSize, learningRate, headLearningRate, seed, options => options.Vocabulary = vocabulary));

    /// <summary>As the overload with named arguments, with every option.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">An option has an impossible value; the message names it.</exception>
    public static ImageCaptioningTrainer ImageCaptioning(this VisionLanguageTrainersCatalog catalog, ImageCaptioningOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new(catalog.Context, options);
    }
}
