namespace MLNet.VisionLanguage;

/// <summary>The regions that a detector found in one image.</summary>
public sealed class ImageRegions
{
    /// <summary>Regions of an image.</summary>
    /// <param name="imageId">The image's name.</param>
    /// <param name="width">Its width in pixels, above 0.</param>
    /// <param name="height">Its height in pixels, above 0.</param>
    /// <param name="boxes">N×4 values, row by row: x1 y1 x2 y2 in pixels; of one region at least.</param>
    /// <param name="features">N×D values, row by row.</param>
    /// <exception cref="ArgumentException">The name is empty, or the counts do not agree.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Width or height is below 1.</exception>
    public ImageRegions(string imageId, int width, int height, float[] boxes, float[] features)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageId);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(boxes);
        ArgumentNullException.ThrowIfNull(features);
        if (boxes.Length == 0 || boxes.Length % 4 != 0)
            throw new ArgumentException($"Image '{imageId}' has {boxes.Length} numbers of boxes; four a box are expected, of one box at least.", nameof(boxes));
        if (features.Length % (boxes.Length / 4) != 0)
            throw new ArgumentException($"Image '{imageId}' has {features.Length} numbers of features for {boxes.Length / 4} boxes.", nameof(features));
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
    public long[]? ObjectIds { get; init; }

    /// <summary>The detector's confidence 0..1 in <see cref="ObjectIds"/>, or null.</summary>
    public float[]? ObjectConfidences { get; init; }

    /// <summary>The detected attribute of each region, or null.</summary>
    public long[]? AttributeIds { get; init; }

    /// <summary>The detector's confidence 0..1 in <see cref="AttributeIds"/>, or null.</summary>
    public float[]? AttributeConfidences { get; init; }
}
