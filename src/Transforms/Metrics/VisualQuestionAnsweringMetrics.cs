namespace MLNet.VisionLanguage;

/// <summary>How well predicted answers fit what annotators said.</summary>
public sealed class VisualQuestionAnsweringMetrics
{
    internal VisualQuestionAnsweringMetrics(double accuracy, long count, long withoutAnswers, IReadOnlyDictionary<string, GroupAccuracy> perGroup) =>
        (Accuracy, Count, WithoutAnswers, PerGroup) = (accuracy, count, withoutAnswers, perGroup);

    /// <summary>
    /// The soft score, 0..1: the mean over rows of the score that the row's label gives the predicted answer (0 when it is not among the
    /// answers). Only where every label scores 1 is it the share of rows that were answered right.
    /// </summary>
    public double Accuracy { get; }

    /// <summary>The number of rows that were measured.</summary>
    public long Count { get; }

    /// <summary>Rows whose label has no answer; they are not measured.</summary>
    public long WithoutAnswers { get; }

    /// <summary>The same for each value of the group column; empty when none was named.</summary>
    public IReadOnlyDictionary<string, GroupAccuracy> PerGroup { get; }

    /// <summary>One group of rows, such as a family of questions.</summary>
    /// <param name="Accuracy">The mean score of the predicted answers, 0..1.</param>
    /// <param name="Count">The number of rows.</param>
    public sealed record GroupAccuracy(double Accuracy, long Count);
}
