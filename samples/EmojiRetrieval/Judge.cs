namespace EmojiRetrieval;

/// <summary>How often the right one comes first, or among the first.</summary>
internal static class Judge
{
    /// <param name="scores">[pictures][concepts].</param>
    /// <param name="own">Of each picture its concept.</param>
    /// <param name="candidates">The concepts there are; null for all.</param>
    public static string Tell(float[][] scores, int[] own, int[]? candidates = null)
    {
        var (images, texts) = (Ranks(scores, own, candidates), TextRanks(scores, own));
        return FormattableString.Invariant(
            $"image to text R@1 {Share(images, 1):F4} R@10 {Share(images, 10):F4}, text to image R@1 {Share(texts, 1):F4} R@10 {Share(texts, 10):F4}");
    }

    /// <summary>Of each picture the best concepts.</summary>
    public static int[] Best(float[] scores, int count) =>
        [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Take(count)];

    private static List<int> Ranks(float[][] scores, int[] own, int[]? candidates) =>
        [.. scores.Zip(own, (row, concept) => 1 + (candidates ?? [.. Enumerable.Range(0, row.Length)]).Count(other => row[other] > row[concept]))];

    private static List<int> TextRanks(float[][] scores, int[] own) =>
        [.. own.Select((concept, i) => 1 + scores.Count(row => row[concept] > scores[i][concept]))];

    private static double Share(List<int> ranks, int most) => ranks.Count(rank => rank <= most) / (double)ranks.Count;
}
