using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

/// <summary>
/// How often the box that a text means is found. A box is right when its overlap (intersection over union; a box includes its last pixels)
/// with one of the meant boxes is above the threshold, as ViLBERT's V-logit score counts it.
/// </summary>
public sealed class GroundingMetrics
{
    private readonly long[]? _ranks;

    private GroundingMetrics(double accuracy, double meanOverlap, long count, long[]? ranks) =>
        (Accuracy, MeanOverlap, Count, _ranks) = (accuracy, meanOverlap, count, ranks);

    /// <summary>The share of texts whose chosen box is right, 0..1.</summary>
    public double Accuracy { get; }

    /// <summary>The mean overlap of the chosen boxes, 0..1.</summary>
    public double MeanOverlap { get; }

    /// <summary>The number of texts.</summary>
    public long Count { get; }

    /// <summary>The share of texts with a right box among the first so many, 0..1; NaN when regions have no scores.</summary>
    /// <param name="first">How many boxes from the highest score down.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="first"/> is below 1.</exception>
    public double RecallAt(int first)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        return _ranks is null ? double.NaN : (double)_ranks.Count(rank => rank < first) / _ranks.Length;
    }

    internal static GroundingMetrics Evaluate(
        IDataView scored, string boxesColumnName, string? predictedBoxColumnName, string? scoreColumnName, string regionBoxesColumnName,
        double threshold)
    {
        if (predictedBoxColumnName is null && scoreColumnName is null)
            throw new ArgumentException("EvaluateGrounding: the column of predicted boxes or that of scores is needed.", nameof(predictedBoxColumnName));
        var rows = new ScoredRows("EvaluateGrounding", scored);
        var meant = rows.Numbers(boxesColumnName, 4);
        var predicted = predictedBoxColumnName is null ? null : rows.Numbers(predictedBoxColumnName, 4);
        var scores = scoreColumnName is null ? null : rows.Numbers(scoreColumnName);
        var regions = scoreColumnName is null ? null : rows.Numbers(regionBoxesColumnName, 4);
        var (right, overlaps, ranks) = (0L, 0.0, new List<long>());
        var count = rows.ForEach(() =>
        {
            var boxes = meant();
            if (boxes.Length == 0) throw rows.Error($"column '{boxesColumnName}' has no box");
            float[]? chosen = predicted?.Invoke();
            if (scores is not null)
            {
                var (given, all) = (scores(), regions!());
                if (given.Length == 0 || given.Length * 4 != all.Length)
                    throw rows.Error($"column '{scoreColumnName}' has {given.Length} scores for {all.Length / 4} boxes of '{regionBoxesColumnName}'");
                var order = RetrievalRanks.Order(given);
                var rank = Array.FindIndex(order, region => Overlap(all.AsSpan(region * 4, 4), boxes) > threshold);
                ranks.Add(rank < 0 ? long.MaxValue : rank);
                chosen ??= all.AsSpan(order[0] * 4, 4).ToArray();
            }

            if (chosen is not { Length: 4 }) throw rows.Error($"column '{predictedBoxColumnName}' must have one box");
            var overlap = Overlap(chosen, boxes);
            overlaps += overlap;
            right += overlap > threshold ? 1 : 0;
        });
        return new((double)right / count, overlaps / count, count, scores is null ? null : [.. ranks]);
    }

    private static float Overlap(ReadOnlySpan<float> box, float[] meant)
    {
        var best = 0f;
        for (var i = 0; i < meant.Length; i += 4) best = MathF.Max(best, BoxOverlap.Of(box, meant.AsSpan(i, 4)));
        return best;
    }
}
