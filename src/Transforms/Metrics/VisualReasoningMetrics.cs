using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

/// <summary>How many statements about images are judged right (NLVR2's metrics.py).</summary>
public sealed class VisualReasoningMetrics
{
    private VisualReasoningMetrics(double accuracy, double consistency, long count, long sentences) =>
        (Accuracy, Consistency, Count, Sentences) = (accuracy, consistency, count, sentences);

    /// <summary>The share of examples that are judged right, 0..1.</summary>
    public double Accuracy { get; }

    /// <summary>The share of sentences that are judged right with all their images, 0..1; NaN without a column of sentences.</summary>
    public double Consistency { get; }

    /// <summary>The number of examples.</summary>
    public long Count { get; }

    /// <summary>The number of sentences; 0 without a column of them.</summary>
    public long Sentences { get; }

    internal static VisualReasoningMetrics Evaluate(
        IDataView scored, string labelColumnName, string predictedLabelColumnName, string? sentenceIdColumnName)
    {
        var rows = new ScoredRows("EvaluateVisualReasoning", scored);
        var predicted = rows.Texts(predictedLabelColumnName);
        var label = rows.Name(labelColumnName, [bool.FalseString, bool.TrueString]);
        var sentence = sentenceIdColumnName is null ? null : rows.Name(sentenceIdColumnName);
        var (right, wholes) = (0L, new Dictionary<string, bool>(StringComparer.Ordinal));
        var count = rows.ForEach(() =>
        {
            // Data sets write true and True.
            var isRight = predicted() is [var given] && given.Equals(label(), StringComparison.OrdinalIgnoreCase);
            right += isRight ? 1 : 0;
            if (sentence?.Invoke() is { } id) wholes[id] = isRight && wholes.GetValueOrDefault(id, true);
        });
        return new((double)right / count, wholes.Count == 0 ? double.NaN : (double)wholes.Values.Count(whole => whole) / wholes.Count, count, wholes.Count);
    }
}
