namespace MLNet.VisionLanguage.Engine;

/// <summary>Non-maximum suppression on plain arrays, in float32 as the references compute it.</summary>
internal static class BoxSuppression
{
    /// <summary>The boxes that stay, the best first.</summary>
    /// <param name="boxes">x1, y1, x2, y2 of each.</param>
    /// <param name="scores">One a box; of equal ones the first counts as better.</param>
    /// <param name="limit">A box that overlaps with a better one by more than this goes.</param>
    /// <param name="least">A box whose score is not above this is none; negative infinity takes all.</param>
    public static List<int> Keep(ReadOnlySpan<float> boxes, ReadOnlySpan<float> scores, float limit, float least = float.NegativeInfinity)
    {
        var areas = new float[scores.Length];
        var sorted = new List<(float Score, int Place)>(scores.Length);
        for (var i = 0; i < scores.Length; i++)
        {
            if (!float.IsNegativeInfinity(least) && !(scores[i] > least)) continue;
            areas[i] = (boxes[(4 * i) + 2] - boxes[4 * i]) * (boxes[(4 * i) + 3] - boxes[(4 * i) + 1]);
            sorted.Add((-scores[i], i));
        }

        sorted.Sort();
        var kept = new List<int>();
        foreach (var (_, place) in sorted)
        {
            if (!OverlapsAny(boxes, areas, kept, place, limit)) kept.Add(place);
        }

        return kept;
    }

    private static bool OverlapsAny(ReadOnlySpan<float> boxes, float[] areas, List<int> kept, int place, float limit)
    {
        var box = boxes.Slice(4 * place, 4);
        foreach (var other in kept)
        {
            var better = boxes.Slice(4 * other, 4);
            var width = MathF.Min(box[2], better[2]) - MathF.Max(box[0], better[0]);
            var height = MathF.Min(box[3], better[3]) - MathF.Max(box[1], better[1]);
            if (width <= 0 || height <= 0) continue;
            var shared = width * height;

            // 0/0 is no overlap.
            if (shared / (areas[other] + areas[place] - shared) > limit) return true;
        }

        return false;
    }
}
