namespace MLNet.VisionLanguage;

public static partial class TrainersCatalog
{
    /// <summary>A trainer that learns which region of an image a text means.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The model: ViLBERT, LXMERT or VL-BERT.</param>
    /// <param name="boxesColumnName">See <see cref="ReferringExpressionsOptions.BoxesColumnName"/>.</param>
    /// <param name="initialWeights">A checkpoint to start from; null starts from fresh weights.</param>
    /// <param name="epochs">Passes over the training rows.</param>
    /// <param name="batchSize">Rows of a batch.</param>
    /// <param name="learningRate">Learning rate of the trunk.</param>
    /// <param name="headLearningRate">Learning rate of the classifier; null takes <paramref name="learningRate"/>, as ViLBERT's always does.</param>
    /// <param name="seed">Makes weights, batch order and dropout repeatable; null takes the MLContext's, and 1 when that has none.</param>
    /// <exception cref="ArgumentException">An argument has an impossible value; the message names it.</exception>
    public static ReferringExpressionsTrainer ReferringExpressions(
        this VisionLanguageTrainersCatalog catalog, VisionLanguageModel model, string boxesColumnName = "Boxes",
        string? initialWeights = null, int epochs = 20, int batchSize = 256, double learningRate = 2e-5,
        double? headLearningRate = 1e-4, int? seed = null) => ReferringExpressions(catalog, Named<ReferringExpressionsOptions>(
            model, initialWeights, epochs, batchSize, learningRate, headLearningRate, seed, options => options.BoxesColumnName = boxesColumnName));

    /// <summary>As the overload with named arguments, with every option.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; null takes the defaults.</param>
    /// <exception cref="ArgumentException">An option has an impossible value; the message names it.</exception>
    public static ReferringExpressionsTrainer ReferringExpressions(
        this VisionLanguageTrainersCatalog catalog, ReferringExpressionsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(catalog.Context, options ?? new());
    }
}
