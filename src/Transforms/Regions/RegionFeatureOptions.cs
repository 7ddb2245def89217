namespace MLNet.VisionLanguage;

/// <summary>Settings of ExtractRegionFeatures, see <see cref="RegionTransformsCatalog"/>; the columns are those it makes.</summary>
public sealed class RegionFeatureOptions : ImageColumnsOptions
{
    /// <summary>The detector's sizes; null for <see cref="FasterRcnnConfig.VisualGenome"/>.</summary>
    public FasterRcnnConfig? Detector { get; set; }

    /// <summary>
    /// VL-BERT's image backbone in place of a detector: it proposes nothing and tells no classes, but makes features of the boxes of
    /// <see cref="RegionChoice.Given"/>, and columns of nothing but features, boxes and size. Null for a detector.
    /// </summary>
    public VlBertBackbone? Backbone { get; set; }

    /// <summary>
    /// Where in a PyTorch file the weights are: the key of their dictionary, or several separated by '/'; null looks under the usual keys.
    /// </summary>
    public string? StateDictionary { get; set; }

    /// <summary>Which proposals become regions.</summary>
    public RegionChoice Choice { get; set; } = RegionChoice.Best;

    /// <summary>
    /// The fewest regions of an image, if there are so many proposals; null for the detector's of <see cref="RegionChoice.Best"/> (36), 10 by
    /// confidence, and 1 of <see cref="RegionChoice.Objects"/>.
    /// </summary>
    public int? MinRegions { get; set; }

    /// <summary>
    /// The most; null for the detector's of <see cref="RegionChoice.Best"/> (36) and <see cref="RegionChoice.Objects"/>, and 100 by confidence.
    /// </summary>
    public int? MaxRegions { get; set; }

    /// <summary>
    /// How sure the detector must be of a region, 0 to 1; of <see cref="RegionChoice.Confident"/> and <see cref="RegionChoice.Objects"/> alone.
    /// </summary>
    public float Confidence { get; set; } = 0.2f;

    /// <summary>
    /// Input column: the boxes of <see cref="RegionChoice.Given"/>, Vector&lt;Single&gt; of pixels x1 y1 x2 y2 each; null with the other choices.
    /// What lies beyond the image is cut off before a region is looked at; RegionBoxes has the boxes as they are given.
    /// </summary>
    public string? BoxesColumnName { get; set; }

    /// <summary>
    /// What the detector's classes are called, in its order, without the background; null for their numbers. The second of equal names gets
    /// " (2)".
    /// </summary>
    public IReadOnlyList<string>? Classes { get; set; }

    /// <summary>What the detector's attributes are called, in its order, without "none"; null for their numbers.</summary>
    public IReadOnlyList<string>? Attributes { get; set; }

    /// <summary>The column of the probabilities of the regions' classes, Vector&lt;Single&gt; of N values.</summary>
    public string RegionScoresColumnName { get; set; } = "RegionScores";

    /// <summary>The column of the regions' classes, a vector of N keys with the names as KeyValues.</summary>
    public string RegionClassesColumnName { get; set; } = "RegionClasses";

    /// <summary>The column of the regions' attributes, a vector of N keys with the names as KeyValues.</summary>
    public string RegionAttributesColumnName { get; set; } = "RegionAttributes";

    /// <summary>The column of the probabilities of the regions' attributes, Vector&lt;Single&gt; of N values.</summary>
    public string RegionAttributeScoresColumnName { get; set; } = "RegionAttributeScores";

    /// <summary>The same with columns whose names end so.</summary>
    internal RegionFeatureOptions Named(string ending)
    {
        var usual = new RegionFeatureOptions();
        return new()
        {
            Detector = Detector,
            Backbone = Backbone,
            Choice = Choice,
            MinRegions = MinRegions,
            MaxRegions = MaxRegions,
            Confidence = Confidence,
            BoxesColumnName = BoxesColumnName,
            Classes = Classes,
            Attributes = Attributes,
            RegionFeaturesColumnName = usual.RegionFeaturesColumnName + ending,
            RegionBoxesColumnName = usual.RegionBoxesColumnName + ending,
            ImageSizeColumnName = usual.ImageSizeColumnName + ending,
            RegionScoresColumnName = usual.RegionScoresColumnName + ending,
            RegionClassesColumnName = usual.RegionClassesColumnName + ending,
            RegionAttributesColumnName = usual.RegionAttributesColumnName + ending,
            RegionAttributeScoresColumnName = usual.RegionAttributeScoresColumnName + ending,
        };
    }

    /// <summary>The same for a detector that tells these apart.</summary>
    internal RegionFeatureOptions With(FasterRcnnConfig detector, IReadOnlyList<string>? classes, IReadOnlyList<string>? attributes)
    {
        var options = (RegionFeatureOptions)MemberwiseClone();
        (options.Detector, options.Classes, options.Attributes) = (detector, classes, attributes);
        return options;
    }
}
