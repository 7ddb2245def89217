namespace MLNet.VisionLanguage;

/// <summary>How far down the right item stands in each query's list, from 0 (eval_retrieval.py).</summary>
internal sealed class RetrievalRanks
{
    private readonly int[] _ranks;

    /// <param name="ranks">The place of the right item of each query; 0 is the top.</param>
    public RetrievalRanks(IEnumerable<int> ranks) => _ranks = [.. ranks];

    public IReadOnlyList<int> Ranks => _ranks;

    /// <summary>The middle place counted from 1, rounded down; NaN without queries.</summary>
    public double MedianRank => _ranks.Length == 0 ? double.NaN : Math.Floor(Median() + 1);

    /// <summary>The mean place counted from 1; NaN without queries.</summary>
    public double MeanRank => _ranks.Length == 0 ? double.NaN : _ranks.Average() + 1;

    /// <summary>Percent of queries whose right item is among the first so many; NaN without queries.</summary>
    public double Recall(int first) => _ranks.Length == 0 ? double.NaN : 100.0 * _ranks.Count(rank => rank < first) / _ranks.Length;

    /// <summary>Items from the highest score down; of equal scores the first.</summary>
    public static int[] Order(IReadOnlyList<float> scores) =>
        [.. Enumerable.Range(0, scores.Count).OrderByDescending(item => scores[item])];

    /// <summary>The place of an item in <see cref="Order"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such item.</exception>
    public static int RankOf(int item, IReadOnlyList<float> scores)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(item);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(item, scores.Count);
        var rank = 0;
        for (var other = 0; other < scores.Count; other++)
        {
            var order = scores[other].CompareTo(scores[item]);
            if (order > 0 || (order == 0 && other < item)) rank++;
        }

        return rank;
    }

    private double Median()
    {
        int[] sorted = [.. _ranks.Order()];
        var half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2.0;
    }
}
