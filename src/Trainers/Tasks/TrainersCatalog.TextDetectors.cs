using MLNet.VisionLanguage.Tasks.Detection;

namespace MLNet.VisionLanguage;

/// <content>Trainers of FIBER's detector.</content>
public static partial class TrainersCatalog
{
    /// <summary>
    /// Trains a detector of objects of classes that are named (FIBER, Dou et al. 2022): rows of an image, boxes and their classes. A text is made
    /// anew each time of the names of classes that are there and of others.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="vocabulary">The tokens of the names.</param>
    /// <param name="classes">All classes.</param>
    /// <param name="initialWeights">Weights to start from, see <see cref="LearningOptions.InitialWeights"/>.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="batchSize">Rows of an update.</param>
    /// <param name="learningRate">The learning rate.</param>
    /// <exception cref="ArgumentException">An argument is out of its range, or the names make too long a text.</exception>
    public static TextDetectorTrainer<DetectObjectsTransformer> DetectObjects(
        this VisionLanguageTrainersCatalog catalog, TextVocabulary vocabulary, IReadOnlyList<string> classes, string? initialWeights = null,
        int epochs = 12, int batchSize = 64, double learningRate = 1e-4) =>
        DetectObjects(catalog, vocabulary, classes, Detectors(initialWeights, epochs, batchSize, learningRate));

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="vocabulary">The tokens of the names.</param>
    /// <param name="classes">All classes.</param>
    /// <param name="options">Columns and how training goes.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the names make too long a text.</exception>
    public static TextDetectorTrainer<DetectObjectsTransformer> DetectObjects(
        this VisionLanguageTrainersCatalog catalog, TextVocabulary vocabulary, IReadOnlyList<string> classes, TextDetectorTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return Create<DetectObjectsTransformer>(catalog, TextDetectorUse.Objects, vocabulary, classes, options);
    }

    /// <summary>
    /// Trains a detector of what phrases name (FIBER, Dou et al. 2022): rows of an image, a caption, boxes, and the phrase of each box.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="vocabulary">The tokens of the captions.</param>
    /// <param name="initialWeights">Weights to start from, see <see cref="LearningOptions.InitialWeights"/>.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="batchSize">Rows of an update.</param>
    /// <param name="learningRate">The learning rate.</param>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    public static TextDetectorTrainer<GroundPhrasesTransformer> GroundPhrases(
        this VisionLanguageTrainersCatalog catalog, TextVocabulary vocabulary, string? initialWeights = null, int epochs = 12,
        int batchSize = 64, double learningRate = 1e-4) =>
        GroundPhrases(catalog, vocabulary, Detectors(initialWeights, epochs, batchSize, learningRate));

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="vocabulary">The tokens of the captions.</param>
    /// <param name="options">Columns and how training goes.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static TextDetectorTrainer<GroundPhrasesTransformer> GroundPhrases(
        this VisionLanguageTrainersCatalog catalog, TextVocabulary vocabulary, TextDetectorTrainerOptions options) =>
        Create<GroundPhrasesTransformer>(catalog, TextDetectorUse.Phrases, vocabulary, [], options);

    /// <summary>
    /// Trains a detector of the one thing that an expression means (FIBER, Dou et al. 2022): rows of an image, an expression, and the box.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="vocabulary">The tokens of the expressions.</param>
    /// <param name="initialWeights">Weights to start from, see <see cref="LearningOptions.InitialWeights"/>.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="batchSize">Rows of an update.</param>
    /// <param name="learningRate">The learning rate.</param>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    public static TextDetectorTrainer<LocalizeExpressionTransformer> LocalizeExpression(
        this VisionLanguageTrainersCatalog catalog, TextVocabulary vocabulary, string? initialWeights = null, int epochs = 12,
        int batchSize = 64, double learningRate = 1e-4) =>
        LocalizeExpression(catalog, vocabulary, Detectors(initialWeights, epochs, batchSize, learningRate));

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="vocabulary">The tokens of the expressions.</param>
    /// <param name="options">Columns and how training goes.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static TextDetectorTrainer<LocalizeExpressionTransformer> LocalizeExpression(
        this VisionLanguageTrainersCatalog catalog, TextVocabulary vocabulary, TextDetectorTrainerOptions options) =>
        Create<LocalizeExpressionTransformer>(catalog, TextDetectorUse.Expression, vocabulary, [], options);

    private static TextDetectorTrainer<T> Create<T>(
        VisionLanguageTrainersCatalog catalog, TextDetectorUse use, TextVocabulary vocabulary, IReadOnlyList<string> classes,
        TextDetectorTrainerOptions options)
        where T : TextDetectorTransformer
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(catalog.Context, use, vocabulary, classes, options);
    }

    private static TextDetectorTrainerOptions Detectors(string? initialWeights, int epochs, int batchSize, double learningRate) => new()
    {
        InitialWeights = initialWeights,
        Epochs = epochs,
        BatchSize = batchSize,
        LearningRate = learningRate,
    };
}
