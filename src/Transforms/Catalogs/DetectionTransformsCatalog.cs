using Microsoft.ML;
using MLNet.VisionLanguage.Tasks.Detection;

namespace MLNet.VisionLanguage;

/// <summary>Components with FIBER's detector on <c>mlContext.Transforms</c>.</summary>
public static class DetectionTransformsCatalog
{
    /// <summary>
    /// Finds objects of any classes that can be named (FIBER, Dou et al. 2022): columns PredictedBoundingBoxes (N×4 pixels x1 y1 x2 y2, x2 and
    /// y2 where a box ends), Score (N) and PredictedLabel (N keys with the classes as KeyValues), as EvaluateDetection reads them.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="classes">What is looked for; underscores count as blanks, and what stands in parentheses is not read.</param>
    /// <param name="checkpointPath">The weights, under the names of microsoft/FIBER's fine-grained checkpoints.</param>
    /// <param name="vocabulary">The tokens of the detector's text, of the published one RoBERTa's.</param>
    /// <param name="detector">The detector's sizes; null for <see cref="FiberDetectorConfig.Base"/>.</param>
    /// <param name="leastScore">What a score must be above, see <see cref="TextDetectorOptions.LeastScore"/>.</param>
    /// <param name="detections">How many boxes of an image are kept, see <see cref="TextDetectorOptions.Detections"/>.</param>
    /// <exception cref="ArgumentException">An argument is out of its range, or the names make too long a text.</exception>
    public static TextDetectorEstimator<DetectObjectsTransformer> DetectObjects(
        this TransformsCatalog catalog, string imageColumnName, IReadOnlyList<string> classes, string checkpointPath, TextVocabulary vocabulary,
        FiberDetectorConfig? detector = null, float? leastScore = null, int? detections = null) =>
        DetectObjects(catalog, imageColumnName, classes, checkpointPath, vocabulary, new TextDetectorOptions
        {
            Detector = detector,
            LeastScore = leastScore,
            Detections = detections,
        });

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="classes">What is looked for.</param>
    /// <param name="checkpointPath">The weights.</param>
    /// <param name="vocabulary">The tokens of the detector's text.</param>
    /// <param name="options">Sizes, thresholds and column names.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the names make too long a text.</exception>
    public static TextDetectorEstimator<DetectObjectsTransformer> DetectObjects(
        this TransformsCatalog catalog, string imageColumnName, IReadOnlyList<string> classes, string checkpointPath, TextVocabulary vocabulary,
        TextDetectorOptions options)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return Create(
            catalog, TextDetectorUse.Objects, imageColumnName, null, classes, checkpointPath, vocabulary, options,
            (inner, settings, graph) => new DetectObjectsTransformer(inner, settings, graph));
    }

    /// <summary>
    /// Finds what the phrases of a caption name (FIBER, Dou et al. 2022): columns PredictedBoundingBoxes (N×4 pixels x1 y1 x2 y2, x2 and y2 where
    /// a box ends), Score (N) and PredictedLabel (N texts: the phrase of each box), the best first.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="textColumnName">The captions, Text.</param>
    /// <param name="checkpointPath">The weights, under the names of microsoft/FIBER's fine-grained checkpoints.</param>
    /// <param name="vocabulary">The tokens of the detector's text, of the published one RoBERTa's.</param>
    /// <param name="detector">The detector's sizes; null for <see cref="FiberDetectorConfig.Base"/>.</param>
    /// <param name="phrasesColumnName">The captions' phrases, see <see cref="TextDetectorOptions.PhrasesColumnName"/>.</param>
    /// <param name="leastScore">What a score must be above, see <see cref="TextDetectorOptions.LeastScore"/>.</param>
    /// <param name="detections">How many boxes of an image are kept, see <see cref="TextDetectorOptions.Detections"/>.</param>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    public static TextDetectorEstimator<GroundPhrasesTransformer> GroundPhrases(
        this TransformsCatalog catalog, string imageColumnName, string textColumnName, string checkpointPath, TextVocabulary vocabulary,
        FiberDetectorConfig? detector = null, string? phrasesColumnName = null, float? leastScore = null, int? detections = null) =>
        GroundPhrases(catalog, imageColumnName, textColumnName, checkpointPath, vocabulary, new TextDetectorOptions
        {
            Detector = detector,
            PhrasesColumnName = phrasesColumnName,
            LeastScore = leastScore,
            Detections = detections,
        });

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="textColumnName">The captions, Text.</param>
    /// <param name="checkpointPath">The weights.</param>
    /// <param name="vocabulary">The tokens of the detector's text.</param>
    /// <param name="options">Sizes, thresholds and column names.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static TextDetectorEstimator<GroundPhrasesTransformer> GroundPhrases(
        this TransformsCatalog catalog, string imageColumnName, string textColumnName, string checkpointPath, TextVocabulary vocabulary,
        TextDetectorOptions options) => Create(
        catalog, TextDetectorUse.Phrases, imageColumnName, textColumnName, [], checkpointPath, vocabulary, options,
        (inner, settings, graph) => new GroundPhrasesTransformer(inner, settings, graph));

    /// <summary>
    /// Finds the one thing that an expression means (FIBER, Dou et al. 2022): columns PredictedBoundingBoxes (4 pixels x1 y1 x2 y2, x2 and y2 where
    /// the box ends; zeros where nothing is found) and Score (Single).
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="textColumnName">The expressions, Text.</param>
    /// <param name="checkpointPath">The weights, under the names of microsoft/FIBER's fine-grained checkpoints.</param>
    /// <param name="vocabulary">The tokens of the detector's text, of the published one RoBERTa's.</param>
    /// <param name="detector">The detector's sizes; null for <see cref="FiberDetectorConfig.Referring"/>.</param>
    /// <param name="leastScore">What a score must be above, see <see cref="TextDetectorOptions.LeastScore"/>.</param>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    public static TextDetectorEstimator<LocalizeExpressionTransformer> LocalizeExpression(
        this TransformsCatalog catalog, string imageColumnName, string textColumnName, string checkpointPath, TextVocabulary vocabulary,
        FiberDetectorConfig? detector = null, float? leastScore = null) =>
        LocalizeExpression(catalog, imageColumnName, textColumnName, checkpointPath, vocabulary, new TextDetectorOptions
        {
            Detector = detector,
            LeastScore = leastScore,
        });

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="textColumnName">The expressions, Text.</param>
    /// <param name="checkpointPath">The weights.</param>
    /// <param name="vocabulary">The tokens of the detector's text.</param>
    /// <param name="options">Sizes, thresholds and column names.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static TextDetectorEstimator<LocalizeExpressionTransformer> LocalizeExpression(
        this TransformsCatalog catalog, string imageColumnName, string textColumnName, string checkpointPath, TextVocabulary vocabulary,
        TextDetectorOptions options) => Create(
        catalog, TextDetectorUse.Expression, imageColumnName, textColumnName, [], checkpointPath, vocabulary, options,
        (inner, settings, graph) => new LocalizeExpressionTransformer(inner, settings, graph));

    private static TextDetectorEstimator<TTransformer> Create<TTransformer>(
        TransformsCatalog catalog, TextDetectorUse use, string imageColumn, string? textColumn, IReadOnlyList<string> classes, string checkpointPath,
        TextVocabulary vocabulary, TextDetectorOptions options,
        Func<ITransformer, TextDetectorSettings, Persistence.OnnxModelFolder, TTransformer> make)
        where TTransformer : TextDetectorTransformer
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(checkpointPath);
        ArgumentNullException.ThrowIfNull(options);
        var settings = TextDetectorSettings.Create(use, imageColumn, textColumn, classes, vocabulary, options);
        return new(catalog, settings, vocabulary, checkpointPath, options.StateDictionary, make);
    }
}
