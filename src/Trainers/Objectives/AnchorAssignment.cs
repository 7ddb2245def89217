namespace MLNet.VisionLanguage.Objectives;

/// <summary>
/// Which true box each anchor is asked to be (Zhang et al. 2020, "Adaptive training sample selection"; fine_grained/maskrcnn_benchmark/
/// modeling/rpn/loss.py, ATSSLossComputation): of the nearest anchors of each level those whose overlap is above what these have on average,
/// plus a standard deviation, and whose middle lies inside the box.
/// </summary>
/// <param name="Nearest">How many anchors of a level may be a true box's.</param>
internal sealed record AnchorAssignment(int Nearest = 9)
{
    /// <summary>How far from the box's sides an anchor's middle must be.</summary>
    private const float Inside = 0.01f;

    /// <summary>The number of each anchor's true box, -1 for none; of several the one it overlaps with most, of equals the first.</summary>
    /// <param name="anchors">x1, y1, x2, y2 of each, level after level.</param>
    /// <param name="levels">How many anchors each level has.</param>
    /// <param name="truth">x1, y1, x2, y2 of each true box; the far corners are pixels of it.</param>
    public int[] Assign(float[] anchors, IReadOnlyList<int> levels, float[] truth)
    {
        var assigned = new int[anchors.Length / 4];
        var most = new float[assigned.Length];
        Array.Fill(assigned, -1);
        for (var number = 0; number < truth.Length / 4; number++)
        {
            var box = truth.AsSpan(4 * number, 4);
            var candidates = Candidates(anchors, levels, box);
            float[] overlaps = [.. candidates.Select(anchor => BoxOverlap.Of(truth.AsSpan(4 * number, 4), anchors.AsSpan(4 * anchor, 4)))];
            var enough = Enough(overlaps);
            foreach (var (i, anchor) in candidates.Index())
            {
                if (!(overlaps[i] >= enough) || !IsInside(anchors.AsSpan(4 * anchor, 4), box)) continue;
                if (assigned[anchor] >= 0 && overlaps[i] <= most[anchor]) continue;
                (assigned[anchor], most[anchor]) = (number, overlaps[i]);
            }
        }

        return assigned;
    }

    private List<int> Candidates(float[] anchors, IReadOnlyList<int> levels, ReadOnlySpan<float> box)
    {
        float x = (box[0] + box[2]) / 2, y = (box[1] + box[3]) / 2;
        var candidates = new List<int>();
        var first = 0;
        foreach (var count in levels)
        {
            candidates.AddRange(Enumerable.Range(first, count).OrderBy(Distance).Take(Nearest));
            first += count;
        }

        return candidates;

        float Distance(int anchor)
        {
            var (across, down) = (Middle(anchors[4 * anchor], anchors[(4 * anchor) + 2]) - x, Middle(anchors[(4 * anchor) + 1], anchors[(4 * anchor) + 3]) - y);
            return (across * across) + (down * down);
        }
    }

    /// <summary>Mean and standard deviation together, the latter by n - 1; NaN, which nothing reaches, of a single one.</summary>
    private static float Enough(float[] overlaps)
    {
        var mean = overlaps.Average(overlap => (double)overlap);
        var variance = overlaps.Sum(overlap => (overlap - mean) * (overlap - mean)) / (overlaps.Length - 1);
        return (float)(mean + Math.Sqrt(variance));
    }

    private static bool IsInside(ReadOnlySpan<float> anchor, ReadOnlySpan<float> box)
    {
        float x = Middle(anchor[0], anchor[2]), y = Middle(anchor[1], anchor[3]);
        return Math.Min(Math.Min(x - box[0], box[2] - x), Math.Min(y - box[1], box[3] - y)) > Inside;
    }

    private static float Middle(float from, float to) => (from + to) / 2;
}
