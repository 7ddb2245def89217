using MLNet.VisionLanguage.Columns;
using static MLNet.VisionLanguage.Columns.StandardColumns;

namespace MLNet.VisionLanguage;

/// <summary>The columns of a text, for options.</summary>
public abstract class TextColumnsOptions
{
    private protected TextColumnsOptions()
    {
    }

    /// <summary>The column of token ids, Vector&lt;Int64&gt; of each row's natural length.</summary>
    public string InputIdsColumnName { get => Columns[InputIds]; set => Columns[InputIds] = value; }

    /// <summary>The column of ones, Vector&lt;Int64&gt; of the same length.</summary>
    public string AttentionMaskColumnName { get => Columns[AttentionMask]; set => Columns[AttentionMask] = value; }

    /// <summary>The column of segments (0 first text, 1 second), Vector&lt;Int64&gt; of the same length.</summary>
    public string TokenTypeIdsColumnName { get => Columns[TokenTypeIds]; set => Columns[TokenTypeIds] = value; }

    internal ColumnNames Columns { get; } = [];
}

/// <summary>The columns of an image's regions, for options.</summary>
public abstract class ImageColumnsOptions
{
    private protected ImageColumnsOptions()
    {
    }

    /// <summary>The column of features, Vector&lt;Single&gt; of N×D values.</summary>
    public string RegionFeaturesColumnName { get => Columns[RegionFeatures]; set => Columns[RegionFeatures] = value; }

    /// <summary>The column of boxes, Vector&lt;Single&gt; of N×4 values: x1 y1 x2 y2 in pixels of the image.</summary>
    public string RegionBoxesColumnName { get => Columns[RegionBoxes]; set => Columns[RegionBoxes] = value; }

    /// <summary>The column of the image's size, Vector&lt;Single, 2&gt;: width and height in pixels.</summary>
    public string ImageSizeColumnName { get => Columns[ImageSize]; set => Columns[ImageSize] = value; }

    internal ColumnNames Columns { get; } = [];
}
