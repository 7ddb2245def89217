using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

/// <summary>How many questions of GQA are answered right (its eval.py: an answer is right when it is the expected text).</summary>
public sealed class GqaMetrics
{
    private GqaMetrics(long right, long count, GroupAccuracies kinds, GroupAccuracies structural, GroupAccuracies semantic) =>
        (Accuracy, Count, BinaryAccuracy, OpenAccuracy, PerStructuralType, PerSemanticType) =
        ((double)right / count, count, kinds.Of("binary"), kinds.Of("open"), structural.ToDictionary(), semantic.ToDictionary());

    /// <summary>The share of right answers, 0..1.</summary>
    public double Accuracy { get; }

    /// <summary>The same of questions that offer two answers, 0..1; NaN when there are none.</summary>
    public double BinaryAccuracy { get; }

    /// <summary>The same of all other questions, 0..1; NaN when there are none.</summary>
    public double OpenAccuracy { get; }

    /// <summary>The same for each structural type (query, verify, logical, choose, compare).</summary>
    public IReadOnlyDictionary<string, VisualQuestionAnsweringMetrics.GroupAccuracy> PerStructuralType { get; }

    /// <summary>The same for each semantic type (rel, attr, obj, cat, global).</summary>
    public IReadOnlyDictionary<string, VisualQuestionAnsweringMetrics.GroupAccuracy> PerSemanticType { get; }

    /// <summary>The number of questions.</summary>
    public long Count { get; }

    internal static GqaMetrics Evaluate(
        IDataView scored, string answersColumnName, string predictedLabelColumnName, string structuralColumnName, string semanticColumnName)
    {
        var rows = new ScoredRows("EvaluateGqa", scored);
        var (answers, predicted) = (rows.Texts(answersColumnName), rows.Texts(predictedLabelColumnName));
        var (structural, semantic) = (rows.Texts(structuralColumnName), rows.Texts(semanticColumnName));
        var (kinds, structures, meanings) = (new GroupAccuracies(), new GroupAccuracies(), new GroupAccuracies());
        var right = 0L;
        var count = rows.ForEach(() =>
        {
            if (answers() is not [var answer]) throw rows.Error($"column '{answersColumnName}' must have one answer");
            var isRight = predicted() is [var given] && given == answer;
            right += isRight ? 1 : 0;
            if (structural() is [var structure])
            {
                structures.Add(structure, isRight);
                kinds.Add(structure == "query" ? "open" : "binary", isRight);
            }

            if (semantic() is [var meaning]) meanings.Add(meaning, isRight);
        });
        return new(right, count, kinds, structures, meanings);
    }
}
