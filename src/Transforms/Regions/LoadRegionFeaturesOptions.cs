namespace MLNet.VisionLanguage;

/// <summary>Settings of LoadRegionFeatures, see <see cref="RegionTransformsCatalog"/>.</summary>
public sealed class LoadRegionFeaturesOptions
{
    /// <summary>The output column of features, Vector&lt;Single&gt; of N×D values.</summary>
    public string FeaturesColumn { get; set; } = "RegionFeatures";

    /// <summary>The output column of boxes, Vector&lt;Single&gt; of N×4 values: x1 y1 x2 y2 in pixels.</summary>
    public string BoxesColumn { get; set; } = "RegionBoxes";

    /// <summary>The output column of the image's size, Vector&lt;Single, 2&gt;: width and height in pixels.</summary>
    public string SizeColumn { get; set; } = "ImageSize";

    /// <summary>How many regions of an image are taken, from the first; null for all.</summary>
    public int? MaxRegions { get; set; }

    /// <summary>The number of values every region must have; null to take what the files hold.</summary>
    public int? FeatureSize { get; set; }
}
