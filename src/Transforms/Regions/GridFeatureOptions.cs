namespace MLNet.VisionLanguage;

/// <summary>Settings of <see cref="RegionTransformsCatalog.ExtractGridFeatures"/>.</summary>
public sealed class GridFeatureOptions
{
    /// <summary>Cells along each side of the image, 1 to 64: 4 makes 16 regions.</summary>
    public int Grid { get; set; } = 4;

    /// <summary>Cells along each side of a second, coarser grid whose cells follow those of <see cref="Grid"/>; null for one grid.</summary>
    public int? CoarseGrid { get; set; }

    /// <summary>Pixels along each side of a cell's feature, 1 to 64.</summary>
    public int CellSize { get; set; } = 8;

    /// <summary>
    /// Whether the image's mean colour is subtracted from the pixels of <see cref="Grid"/>: what is alike in all its cells, such as a bright
    /// background, then no longer outweighs what differs, and a small model learns sooner. Those features lie between -2 and 2; the cells of
    /// <see cref="CoarseGrid"/> keep the colours as they are.
    /// </summary>
    public bool Centered { get; set; }

    /// <summary>The output column of features, Vector&lt;Single&gt; of N×D values from -1 (black) to 1.</summary>
    public string FeaturesColumn { get; set; } = "RegionFeatures";

    /// <summary>The output column of boxes, Vector&lt;Single&gt; of N×4 values: x1 y1 x2 y2 in pixels of the image.</summary>
    public string BoxesColumn { get; set; } = "RegionBoxes";

    /// <summary>The output column of the image's size, Vector&lt;Single, 2&gt;: width and height in pixels.</summary>
    public string SizeColumn { get; set; } = "ImageSize";

    /// <summary>The number of values D of one region's feature, the region feature size of a model that reads them.</summary>
    public int FeatureSize => CellSize * CellSize * 3;
}
