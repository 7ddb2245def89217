namespace MLNet.VisionLanguage;

public static partial class TrainersCatalog
{
    /// <summary>A trainer that learns to find objects in images: a Faster R-CNN whose regions vision-and-language models read.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="detector">The detector; its numbers of classes and attributes are those of the rows.</param>
    /// <param name="imageColumnName">See <see cref="RegionDetectorOptions.ImageColumnName"/>.</param>
    /// <param name="boxesColumnName">See <see cref="RegionDetectorOptions.BoxesColumnName"/>.</param>
    /// <param name="labelsColumnName">See <see cref="RegionDetectorOptions.LabelsColumnName"/>.</param>
    /// <param name="attributesColumnName">See <see cref="RegionDetectorOptions.AttributesColumnName"/>.</param>
    /// <param name="initialWeights">A checkpoint to start from, of a detector or of a part of one; null starts from fresh weights.</param>
    /// <param name="epochs">Passes over the training rows.</param>
    /// <param name="batchSize">Images of a batch.</param>
    /// <param name="learningRate">The learning rate.</param>
    /// <param name="seed">Makes weights, batch order and draws repeatable; null takes the MLContext's, and 1 when that has none.</param>
    /// <exception cref="ArgumentException">An argument has an impossible value; the message names it.</exception>
    public static RegionDetectorTrainer RegionDetector(
        this VisionLanguageTrainersCatalog catalog, FasterRcnnConfig detector, string imageColumnName = "Image", string boxesColumnName = "Boxes",
        string labelsColumnName = "Labels", string? attributesColumnName = null, string? initialWeights = null, int epochs = 12, int batchSize = 2,
        double learningRate = 2.5e-3, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(detector);
        var options = new RegionDetectorOptions
        {
            ImageColumnName = imageColumnName,
            BoxesColumnName = boxesColumnName,
            LabelsColumnName = labelsColumnName,
            AttributesColumnName = attributesColumnName,
            InitialWeights = initialWeights,
            Epochs = epochs,
            BatchSize = batchSize,
            LearningRate = learningRate,
            Seed = seed,
        };
        options.Regions.Detector = detector;
        return RegionDetector(catalog, options);
    }

    /// <summary>As the overload with named arguments, with every option.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; null takes the defaults.</param>
    /// <exception cref="ArgumentException">An option has an impossible value; the message names it.</exception>
    public static RegionDetectorTrainer RegionDetector(this VisionLanguageTrainersCatalog catalog, RegionDetectorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(catalog.Context, options ?? new());
    }
}
