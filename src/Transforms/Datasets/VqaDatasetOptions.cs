namespace MLNet.VisionLanguage;

/// <summary>How <see cref="VqaDataset"/> reads its files.</summary>
public sealed class VqaDatasetOptions
{
    /// <summary>
    /// The name of image files in the image folder, or of images in feature files, see <see cref="ImageFileResolver"/>; null to find them by
    /// convention.
    /// </summary>
    public string? ImagePattern { get; set; }

    /// <summary>
    /// Files of region features that take the place of an image folder: each question's image is looked for in them, by the rule for image
    /// files, so that ImageId is its name there, and one that is missing or damaged is a problem of the data set. Null to leave them to
    /// LoadRegionFeatures alone.
    /// </summary>
    public IReadOnlyList<string>? FeatureFiles { get; set; }

    /// <summary>
    /// Whether rows with a problem (see <see cref="DatasetProblemKind"/>) are left out and only reported. By default loading stops
    /// with an error that lists the problems.
    /// </summary>
    public bool SkipProblems { get; set; }

    /// <summary>
    /// Whether every image file (or row of features) is read through while the data set is loaded, so
    /// that unreadable ones are problems like missing ones; null,
    /// the default, does so when <see cref="SkipProblems"/> is set. Without, an unreadable image is an error when its row is read.
    /// </summary>
    public bool? CheckImages { get; set; }

    /// <summary>Told how many image files have been checked, and of how many, from any thread; null for nobody.</summary>
    public IProgress<(int Done, int Total)>? ImageProgress { get; set; }

    /// <summary>Ends the check of the images early.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>
    /// Whether answers are normalised and scored as in VQA v2. Otherwise an answer's score is its share of the annotators.
    /// </summary>
    public bool VqaSoftScores { get; set; } = true;
}
