namespace MLNet.VisionLanguage;

/// <summary>Intersection over union of boxes as the detectors' code counts it: a box includes its last pixels.</summary>
internal static class BoxOverlap
{
    /// <summary>The overlap of two boxes x1 y1 x2 y2 in pixels, 0..1.</summary>
    public static float Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var width = MathF.Max(0, MathF.Min(a[2], b[2]) - MathF.Max(a[0], b[0]) + 1);
        var height = MathF.Max(0, MathF.Min(a[3], b[3]) - MathF.Max(a[1], b[1]) + 1);
        var shared = width * height;
        return shared / (Area(a) + Area(b) - shared);
    }

    private static float Area(ReadOnlySpan<float> box) => (box[2] - box[0] + 1) * (box[3] - box[1] + 1);
}
