using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

/// <summary>
/// How often the box that a text means is found. A box is right when its overlap (intersection over union; a box includes its last pixels)
/// with one of the meant boxes is above the threshold, as ViLBERT's V-logit score counts it, or as another <see cref="GroundingProtocol"/> has it.
/// </summary>
public sealed class GroundingMetrics
{
    private readonly long[]? _ranks;

    private GroundingMetrics(double accuracy, double meanOverlap, long count, long[]? ranks) =>
        (Accuracy, MeanOverlap, Count, _ranks) = (accuracy, meanOverlap, count, ranks);

    /// <summary>The share of texts whose chosen box is right, 0..1.</summary>
    public double Accuracy { get; }

    /// <summary>The mean overlap of the chosen boxes, 0..1, generalised -1..1; of a text for which nothing is found 0.</summary>
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
        double threshold, GroundingProtocol protocol)
    {
        if (!Enum.IsDefined(protocol)) throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "Unknown protocol.");
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
            if (protocol == GroundingProtocol.MergedBoxes) boxes = Around(boxes);
            float[]? chosen = predicted?.Invoke();
            if (scores is not null)
            {
                var (given, all) = (scores(), regions!());

                // A detector may find nothing.
                var mayBeNone = protocol != GroundingProtocol.Regions;
                if ((given.Length == 0 && !mayBeNone) || given.Length * 4 != all.Length)
                    throw rows.Error($"column '{scoreColumnName}' has {given.Length} scores for {all.Length / 4} boxes of '{regionBoxesColumnName}'");
                var order = RetrievalRanks.Order(given);
                var rank = Array.FindIndex(order, region => IsRight(Overlap(protocol, all.AsSpan(region * 4, 4), boxes)));
                ranks.Add(rank < 0 ? long.MaxValue : rank);
                chosen ??= order.Length > 0 ? all.AsSpan(order[0] * 4, 4).ToArray() : null;
            }

            if (chosen is null && scores is not null) return;
            if (chosen is not { Length: 4 }) throw rows.Error($"column '{predictedBoxColumnName}' must have one box");
            var overlap = Overlap(protocol, chosen, boxes);
            overlaps += overlap;
            right += IsRight(overlap) ? 1 : 0;
        });
        return new((double)right / count, overlaps / count, count, scores is null ? null : [.. ranks]);

        bool IsRight(float overlap) => protocol == GroundingProtocol.Regions ? overlap > threshold : overlap >= threshold;
    }

    private static float Overlap(GroundingProtocol protocol, ReadOnlySpan<float> box, float[] meant)
    {
        var best = protocol == GroundingProtocol.GeneralizedOverlap ? -1f : 0;
        for (var i = 0; i < meant.Length; i += 4)
        {
            var one = meant.AsSpan(i, 4);
            best = MathF.Max(best, protocol switch
            {
                GroundingProtocol.Regions => BoxOverlap.Of(box, one),
                GroundingProtocol.GeneralizedOverlap => BoxOverlap.Generalized(box, one),
                _ => BoxOverlap.OfEdges(box, one),
            });
        }

        return best;
    }

    /// <summary>The one box around all.</summary>
    private static float[] Around(float[] boxes)
    {
        float[][] all = [.. boxes.Chunk(4)];
        return [all.Min(box => box[0]), all.Min(box => box[1]), all.Max(box => box[2]), all.Max(box => box[3])];
    }
}
