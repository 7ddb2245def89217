using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

/// <summary>How many questions of VCR are answered right, explained right, and both.</summary>
public sealed class VisualCommonsenseMetrics
{
    private VisualCommonsenseMetrics(IReadOnlyCollection<(bool Answer, bool Rationale)> questions)
    {
        Count = questions.Count;
        AnswerAccuracy = (double)questions.Count(question => question.Answer) / Count;
        RationaleAccuracy = (double)questions.Count(question => question.Rationale) / Count;
        JointAccuracy = (double)questions.Count(question => question is (true, true)) / Count;
    }

    /// <summary>Q→A: the share of questions whose answer is right, 0..1.</summary>
    public double AnswerAccuracy { get; }

    /// <summary>QA→R: the share of questions whose rationale is right, given the right answer, 0..1.</summary>
    public double RationaleAccuracy { get; }

    /// <summary>Q→AR: the share of questions of which both are right, 0..1.</summary>
    public double JointAccuracy { get; }

    /// <summary>The number of questions.</summary>
    public long Count { get; }

    internal static VisualCommonsenseMetrics Evaluate(
        IDataView answers, IDataView rationales, string answerLabelColumnName, string rationaleLabelColumnName,
        string predictedLabelColumnName, string questionIdColumnName)
    {
        var answered = Right("answers", answers, answerLabelColumnName);
        var explained = Right("rationales", rationales, rationaleLabelColumnName);
        foreach (var (some, others, what) in new[] { (answered, explained, "rationale"), (explained, answered, "answer") })
        {
            if (some.Keys.FirstOrDefault(id => !others.ContainsKey(id)) is { } lonely)
                throw new ArgumentException($"EvaluateVisualCommonsense: question {lonely} has no {what}.", what + "s");
        }

        return new([.. answered.Select(pair => (pair.Value, explained[pair.Key]))]);

        Dictionary<string, bool> Right(string part, IDataView scored, string labelColumnName)
        {
            var rows = new ScoredRows($"EvaluateVisualCommonsense: {part}", scored);
            var (label, predicted) = (rows.Name(labelColumnName, rows.KeyTexts(predictedLabelColumnName)), rows.Texts(predictedLabelColumnName));
            var id = rows.Name(questionIdColumnName);
            var right = new Dictionary<string, bool>(StringComparer.Ordinal);
            rows.ForEach(() =>
            {
                if (!right.TryAdd(id(), predicted() is [var given] && given == label())) throw rows.Error($"question {id()} is there twice");
            });
            return right;
        }
    }
}
