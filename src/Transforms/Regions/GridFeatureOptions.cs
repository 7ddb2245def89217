using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>Settings of ExtractGridFeatures, see <see cref="RegionTransformsCatalog"/>; the columns are those it makes.</summary>
public sealed class GridFeatureOptions : ImageColumnsOptions
{
    /// <summary>
    /// Cells along each side of the image, 1 to 64: 4 makes 16 regions; 0 for the boxes of <see cref="BoxesColumnName"/> alone.
    /// </summary>
    public int Grid { get; set; } = 4;

    /// <summary>
    /// Cells along each side of a second, coarser grid whose cells follow those of <see cref="Grid"/>; null for one grid.
    /// </summary>
    public int? CoarseGrid { get; set; }

    /// <summary>Pixels along each side of a cell's feature, 1 to 64.</summary>
    public int CellSize { get; set; } = 8;

    /// <summary>What makes a cell's feature; the others than pixels take neither <see cref="CellSize"/> nor <see cref="Centered"/> nor boxes.</summary>
    public GridBackbone Backbone { get; set; } = GridBackbone.Pixels;

    /// <summary>
    /// The map of <see cref="GridBackbone.ResNet18"/>: 4, the last, 512 values of 32 pixels a cell, or 3, 256 values of 16 pixels. The network sees the
    /// image with <see cref="Grid"/> times so many pixels a side: a grid of 7 is what it was trained with.
    /// </summary>
    public int BackboneLayer { get; set; } = 4;

    /// <summary>
    /// Whether the image's mean colour is subtracted from the pixels of <see cref="Grid"/>: what is alike in all its cells, such as a bright
    /// background, then no longer outweighs what differs, and a small model learns sooner. Those features lie between -2 and 2; the
    /// cells of
    /// <see cref="CoarseGrid"/> keep the colours as they are.
    /// </summary>
    public bool Centered { get; set; }

    /// <summary>
    /// Input column: boxes of the row that are regions as well, before the cells, Vector&lt;Single&gt; of pixels x1 y1 x2 y2 each, one at least;
    /// null for none. A box's feature is what is in it, averaged as a cell is; what lies beyond the image is cut off, and less than a pixel is one.
    /// </summary>
    public string? BoxesColumnName { get; set; }

    /// <summary>The number of values D of one region's feature, the region feature size of a model that reads them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public int FeatureSize => Backbone == GridBackbone.Pixels ? CellSize * CellSize * 3
        : ResNetGridGraph.HasLayer(BackboneLayer) ? ResNetGridGraph.FeatureSize(BackboneLayer)
        : throw new ArgumentOutOfRangeException(nameof(BackboneLayer), BackboneLayer, "3 or 4 is expected.");
}
