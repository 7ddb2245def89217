namespace MLNet.VisionLanguage;

/// <summary>Settings of LoadRegionFeatures, see <see cref="RegionTransformsCatalog"/>; the columns are those it makes.</summary>
public sealed class LoadRegionFeaturesOptions : ImageColumnsOptions
{
    /// <summary>How many regions of an image are taken, from the first; null for all.</summary>
    public int? MaxRegions { get; set; }

    /// <summary>The number of values every region must have; null to take what most of the first images have.</summary>
    public int? FeatureSize { get; set; }
}
