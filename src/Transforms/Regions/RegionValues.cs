namespace MLNet.VisionLanguage.Regions;

/// <summary>What every format's regions must hold: boxes within their image, features that are numbers, counts that agree.</summary>
internal static class RegionValues
{
    /// <summary>Boxes may leave the image by this part of its side, as rounding of the detector's scaled coordinates does.</summary>
    public const float BoxTolerance = 1e-5f;

    /// <summary>Half a step of 16-bit numbers.</summary>
    public const float HalfTolerance = 1 / 2048f;

    /// <summary>What is wrong with boxes of an image, x1 y1 x2 y2 each; null for nothing.</summary>
    public static string? ProblemOfBoxes(ReadOnlySpan<float> boxes, int width, int height, float tolerance)
    {
        for (var i = 0; i < boxes.Length; i += 4)
        {
            float x1 = boxes[i], y1 = boxes[i + 1], x2 = boxes[i + 2], y2 = boxes[i + 3];
            var isInside = x1 >= -width * tolerance && y1 >= -height * tolerance
                && x2 <= width * (1 + tolerance) && y2 <= height * (1 + tolerance);
            if (isInside && x1 <= x2 && y1 <= y2) continue;
            var problem = isInside ? "must have x1 <= x2 and y1 <= y2" : $"lies outside the image of {width} x {height} pixels";
            return FormattableString.Invariant($"box {i / 4} ({x1}, {y1}, {x2}, {y2}) {problem}");
        }

        return null;
    }

    /// <summary>What is wrong with the features of so many regions; null for nothing.</summary>
    public static string? ProblemOfFeatures(ReadOnlySpan<float> features, int count)
    {
        var size = features.Length / count;
        for (var i = 0; i < features.Length; i++)
        {
            if (!float.IsFinite(features[i])) return FormattableString.Invariant($"value {i % size} of region {i / size} is {features[i]}");
        }

        return null;
    }

    /// <summary>The regions of an image, checked.</summary>
    /// <param name="place">Where they are from, for messages: file, and what of it.</param>
    /// <param name="regions">The regions.</param>
    /// <param name="featureSize">How many values a region must have; null when nothing is known of it.</param>
    /// <param name="tolerance">By what part of the image's side boxes may leave it.</param>
    /// <exception cref="InvalidDataException">Something is wrong with them.</exception>
    public static ImageRegions Checked(string place, ImageRegions regions, int? featureSize, float tolerance = BoxTolerance)
    {
        var problem = ProblemOfBoxes(regions.Boxes, regions.Width, regions.Height, tolerance) is { } boxes ? $"boxes: {boxes}"
            : ProblemOfFeatures(regions.Features, regions.Count) is { } features ? $"features: {features}"
            : featureSize is { } size && regions.FeatureSize != size ? $"features: {regions.FeatureSize} values a region, but {size} are expected"
            : null;
        return problem is null ? regions : throw new InvalidDataException($"{place}: {problem}.");
    }
}
