namespace MLNet.VisionLanguage;

/// <summary>The regions that a detector found in one image.</summary>
public sealed class ImageRegions
{
    internal ImageRegions(string imageId, int width, int height, float[] boxes, float[] features)
    {
        ImageId = imageId;
        Width = width;
        Height = height;
        Boxes = boxes;
        Features = features;
    }

    /// <summary>The image's name in the feature file.</summary>
    public string ImageId { get; }

    /// <summary>The image's width in pixels.</summary>
    public int Width { get; }

    /// <summary>The image's height in pixels.</summary>
    public int Height { get; }

    /// <summary>The number of regions N.</summary>
    public int Count => Boxes.Length / 4;

    /// <summary>The number of values D of one region's feature.</summary>
    public int FeatureSize => Features.Length / Count;

    /// <summary>N×4 values, row by row: x1 y1 x2 y2 in pixels.</summary>
    public float[] Boxes { get; }

    /// <summary>N×D values, row by row.</summary>
    public float[] Features { get; }

    /// <summary>The detected class of each region, or null if the file does not tell.</summary>
    public long[]? ObjectIds { get; internal init; }

    /// <summary>The detector's confidence 0..1 in <see cref="ObjectIds"/>, or null.</summary>
    public float[]? ObjectConfidences { get; internal init; }

    /// <summary>The detected attribute of each region, or null.</summary>
    public long[]? AttributeIds { get; internal init; }

    /// <summary>The detector's confidence 0..1 in <see cref="AttributeIds"/>, or null.</summary>
    public float[]? AttributeConfidences { get; internal init; }
}
