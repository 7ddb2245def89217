namespace MLNet.VisionLanguage.Models;

/// <summary>Sizes of images as FIBER's detector sees them.</summary>
internal static class FiberDetectorImages
{
    /// <summary>
    /// The size that an image is resized to (fine_grained/maskrcnn_benchmark/data/transforms/transforms.py, Resize.get_size): the shorter side
    /// as asked, or so much less that the longer is not too long; the longer side is cut off to whole pixels.
    /// </summary>
    /// <param name="height">Rows of the raw image.</param>
    /// <param name="width">Columns of the raw image.</param>
    /// <param name="shorter">The shorter side asked for.</param>
    /// <param name="longest">The most pixels of the longer side.</param>
    public static (int Height, int Width) ResizedSize(int height, int width, int shorter, int longest)
    {
        double less = Math.Min(height, width), more = Math.Max(height, width);
        if (more / less * shorter > longest) shorter = (int)Math.Round(longest * less / more, MidpointRounding.ToEven);
        shorter = Math.Max(1, shorter);
        if (Math.Min(height, width) == shorter) return (height, width);
        return width < height
            ? ((int)((double)shorter * height / width), shorter)
            : (shorter, (int)((double)shorter * width / height));
    }
}
