namespace MLNet.VisionLanguage;

/// <summary>Settings of LoadRegionFeatures, see <see cref="RegionTransformsCatalog"/>; the columns are those it makes.</summary>
public sealed class LoadRegionFeaturesOptions : ImageColumnsOptions
{
    /// <summary>How many regions of an image are taken, from the first; null for all.</summary>
    public int? MaxRegions { get; set; }

    /// <summary>
    /// How many images of each file are read, from the first; null for all. LXMERT's minival, say, is the first 5000 of val2014_obj36.tsv,
    /// which need not be read to its end then.
    /// </summary>
    public int? MaxImages { get; set; }

    /// <summary>The column of the detector's object of each region to make, Vector&lt;Int64&gt; of N numbers; null for none.</summary>
    public string? RegionObjectsColumnName { get; set; }

    /// <summary>The column of how sure the detector is of each object to make, Vector&lt;Single&gt; of N numbers 0..1; null for none.</summary>
    public string? RegionObjectConfidencesColumnName { get; set; }

    /// <summary>The column of the detector's attribute of each region to make, Vector&lt;Int64&gt; of N numbers; null for none.</summary>
    public string? RegionAttributesColumnName { get; set; }

    /// <summary>The column of how sure the detector is of each attribute to make, Vector&lt;Single&gt; of N numbers 0..1; null for none.</summary>
    public string? RegionAttributeConfidencesColumnName { get; set; }

    /// <summary>The number of values every region must have; null to take what most of the first images have.</summary>
    public int? FeatureSize { get; set; }
}
