namespace MLNet.VisionLanguage.Data;

/// <summary>
/// What a region is worth when a box is meant (datasets/refer_expression_dataset.py): its overlap with the box. Region 0 is the whole image.
/// </summary>
internal static class GroundingTargets
{
    /// <summary>The overlap below which a region is worth nothing while training.</summary>
    public const float LeastWhileTraining = 0.5f;

    /// <param name="boxes">N boxes in pixels, x1 y1 x2 y2.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="meant">The box that is meant, x1 y1 x2 y2 in pixels; of several the one with the largest overlap counts.</param>
    /// <param name="least">Smaller overlaps become 0.</param>
    /// <returns>1 + N overlaps.</returns>
    public static float[] Of(ReadOnlySpan<float> boxes, float width, float height, ReadOnlySpan<float> meant, float least = 0)
    {
        float[] all = [0, 0, width, height, .. boxes];
        float[][] corners = [.. meant.ToArray().Chunk(4)];
        return
        [
            .. all.Chunk(4).Select(box => corners.Max(other => BoxOverlap.Of(box, other)))
                .Select(overlap => overlap < least ? 0 : overlap),
        ];
    }
}
