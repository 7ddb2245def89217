namespace MLNet.VisionLanguage;

/// <summary>Intersection over union of boxes, with a box's last pixels as the data sets' code counts them or without.</summary>
internal static class BoxOverlap
{
    /// <summary>The overlap of two boxes x1 y1 x2 y2 in pixels, 0..1; the last pixel is a box's own.</summary>
    public static float Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => Of(a, b, 1);

    /// <summary>The same of boxes that end where x2 and y2 are, as detectors have them; 0 where they do not meet.</summary>
    public static float OfEdges(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => Of(a, b, 0);

    /// <summary>
    /// Generalised intersection over union (Rezatofighi et al. 2019) of boxes that end where x2 and y2 are: from -1 far apart to 1.
    /// </summary>
    public static float Generalized(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var width = MathF.Max(0, MathF.Min(a[2], b[2]) - MathF.Max(a[0], b[0]));
        var height = MathF.Max(0, MathF.Min(a[3], b[3]) - MathF.Max(a[1], b[1]));
        var around = (MathF.Max(a[2], b[2]) - MathF.Min(a[0], b[0])) * (MathF.Max(a[3], b[3]) - MathF.Min(a[1], b[1]));
        var either = Area(a, 0) + Area(b, 0) - (width * height);
        return around <= 0 || either <= 0 ? 0 : (width * height / either) - ((around - either) / around);
    }

    private static float Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float last)
    {
        var width = MathF.Max(0, MathF.Min(a[2], b[2]) - MathF.Max(a[0], b[0]) + last);
        var height = MathF.Max(0, MathF.Min(a[3], b[3]) - MathF.Max(a[1], b[1]) + last);
        var shared = width * height;
        return shared == 0 ? 0 : shared / (Area(a, last) + Area(b, last) - shared);
    }

    private static float Area(ReadOnlySpan<float> box, float last) => (box[2] - box[0] + last) * (box[3] - box[1] + last);
}
