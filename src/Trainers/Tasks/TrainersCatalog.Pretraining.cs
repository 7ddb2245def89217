using Microsoft.ML;

namespace MLNet.VisionLanguage;

public static partial class TrainersCatalog
{
    /// <summary>A trainer that pre-trains a model on captions of images.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The model: ViLBERT, LXMERT or VL-BERT.</param>
    /// <param name="regionClassesColumnName">
    /// The column of a detector's probability of each class, Vector&lt;Single&gt; of N × classes, for ViLBERT and VL-BERT; null for none.
    /// </param>
    /// <param name="texts">Texts without an image, for VL-BERT: rows with the columns of token ids; null for none.</param>
    /// <param name="initialWeights">A checkpoint to start from, such as BERT's; null starts from fresh weights.</param>
    /// <param name="epochs">Passes over the training rows.</param>
    /// <param name="batchSize">Rows of a batch.</param>
    /// <param name="learningRate">Learning rate.</param>
    /// <param name="seed">Makes weights, batch order, masks and dropout repeatable; null takes the MLContext's, and 1 when that has none.</param>
    /// <param name="scoreColumnName">The column of the probability that caption and image belong together, which the transformer adds.</param>
    /// <param name="predictedLabelColumnName">The column that tells whether it is above one half, which the transformer adds.</param>
    /// <exception cref="ArgumentException">An argument has an impossible value; the message names it.</exception>
    public static PretrainingTrainer Pretraining(
        this VisionLanguageTrainersCatalog catalog, VisionLanguageModel model, string? regionClassesColumnName = null,
        IDataView? texts = null, string? initialWeights = null, int epochs = 10, int batchSize = 512, double learningRate = 1e-4, int? seed = null,
        string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel") =>
        Pretraining(catalog, Named<PretrainingOptions>(
            model, initialWeights, epochs, batchSize, learningRate, headLearningRate: null, seed, options =>
            {
                (options.RegionClassesColumnName, options.Texts) = (regionClassesColumnName, texts);
                (options.ScoreColumnName, options.PredictedLabelColumnName) = (scoreColumnName, predictedLabelColumnName);
            }));

    /// <summary>As the overload with named arguments, with every option.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; null takes the defaults.</param>
    /// <exception cref="ArgumentException">An option has an impossible value; the message names it.</exception>
    public static PretrainingTrainer Pretraining(this VisionLanguageTrainersCatalog catalog, PretrainingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new PretrainingTrainer(catalog.Context, options ?? new PretrainingOptions());
    }
}
