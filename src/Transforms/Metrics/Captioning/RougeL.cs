namespace MLNet.VisionLanguage.Metrics;

/// <summary>
/// ROUGE-L (Lin 2004) as coco-caption computes it: of the longest common subsequence's share of the caption (P) and of each reference (R)
/// the largest over the references, each for itself; (1 + β²) P R / (R + β² P) with β = 1.2.
/// </summary>
internal static class RougeL
{
    private const double BetaSquared = 1.2 * 1.2;

    public static double Score(CaptionText caption, IReadOnlyList<CaptionText> references)
    {
        double precision = 0, recall = 0;
        foreach (var reference in references)
        {
            double common = CommonLength(caption.Words, reference.Words);
            if (common == 0) continue;
            precision = Math.Max(precision, common / caption.Words.Count);
            recall = Math.Max(recall, common / reference.Words.Count);
        }

        return precision == 0 ? 0 : (1 + BetaSquared) * precision * recall / (recall + (BetaSquared * precision));
    }

    /// <summary>How many words two texts have in common in the same order.</summary>
    private static int CommonLength(IReadOnlyList<string> one, IReadOnlyList<string> other)
    {
        var lengths = new int[other.Count + 1];
        foreach (var word in one)
        {
            var diagonal = 0;
            for (var i = 1; i <= other.Count; i++)
            {
                var above = lengths[i];
                lengths[i] = word == other[i - 1] ? diagonal + 1 : Math.Max(above, lengths[i - 1]);
                diagonal = above;
            }
        }

        return lengths[^1];
    }
}
