namespace MLNet.VisionLanguage;

/// <summary>How well predicted answers fit what annotators said.</summary>
public sealed class VisualQuestionAnsweringMetrics
{
    internal VisualQuestionAnsweringMetrics(double accuracy, long count, IReadOnlyDictionary<string, GroupAccuracy> perGroup) =>
        (Accuracy, Count, PerGroup) = (accuracy, count, perGroup);

    /// <summary>The mean over rows of the predicted answer's score in the row's label (0 when it is not among the answers), 0..1.</summary>
    public double Accuracy { get; }

    /// <summary>The number of rows.</summary>
    public long Count { get; }

    /// <summary>The same for each value of the group column; empty when none was named.</summary>
    public IReadOnlyDictionary<string, GroupAccuracy> PerGroup { get; }

    /// <summary>One group of rows, such as a family of questions.</summary>
    /// <param name="Accuracy">The mean score of the predicted answers, 0..1.</param>
    /// <param name="Count">The number of rows.</param>
    public sealed record GroupAccuracy(double Accuracy, long Count);
}
