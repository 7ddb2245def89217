namespace MLNet.VisionLanguage;

/// <summary>Settings of DetectRegions, see <see cref="RegionTransformsCatalog"/>; the columns are those it makes.</summary>
public sealed class OnnxDetectorOptions : ImageColumnsOptions
{
    /// <summary>What a region's feature is; null for the detector's maps where it has any, else ResNet-18's.</summary>
    public DetectedFeatures? Features { get; set; }

    /// <summary>Pixels along each side of what <see cref="DetectedFeatures.ResNet18"/> sees of a region, a multiple of 32.</summary>
    public int CropSide { get; set; } = 224;

    /// <summary>Above which score a box is a region, 0 to 1; null for the detector's.</summary>
    public float? Threshold { get; set; }

    /// <summary>The fewest regions of an image, if there are so many boxes: below the threshold if need be.</summary>
    public int MinRegions { get; set; } = 1;

    /// <summary>The most regions of an image, the best.</summary>
    public int MaxRegions { get; set; } = 100;

    /// <summary>What the classes are called; null for the detector's names. The second of equal names gets " (2)".</summary>
    public IReadOnlyList<string>? Classes { get; set; }

    /// <summary>The column of the scores of the regions' classes, Vector&lt;Single&gt; of N values.</summary>
    public string RegionScoresColumnName { get; set; } = "RegionScores";

    /// <summary>The column of the regions' classes, a vector of N keys with the names as KeyValues.</summary>
    public string RegionClassesColumnName { get; set; } = "RegionClasses";
}
