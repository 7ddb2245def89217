using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

/// <summary>How well predicted answers fit what annotators said.</summary>
public sealed class VisualQuestionAnsweringMetrics
{
    private VisualQuestionAnsweringMetrics(double accuracy, long count, long withoutAnswers, IReadOnlyDictionary<string, GroupAccuracy> perGroup) =>
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

    internal static VisualQuestionAnsweringMetrics Evaluate(
        IDataView scored, string answersColumnName, string? answerScoresColumnName, string predictedLabelColumnName, string? groupColumnName)
    {
        const string Component = "EvaluateVisualQuestionAnswering";
        var rows = new ScoredRows(Component, scored);
        var (answers, predicted) = (rows.Texts(answersColumnName), rows.Texts(predictedLabelColumnName));
        var labelScores = LabelTexts.FindScores(Component, scored.Schema, scored.Schema[answersColumnName], answerScoresColumnName);
        var scores = labelScores is null ? null : rows.Numbers(labelScores.Value.Name);
        var group = groupColumnName is null ? null : rows.Texts(groupColumnName);
        if (!LabelTexts.IsSingle(scored.Schema[predictedLabelColumnName]))
        {
            throw new ArgumentException(
                $"{Component}: column '{predictedLabelColumnName}' must be one answer a row but is {scored.Schema[predictedLabelColumnName].Type}.",
                nameof(scored));
        }

        var (sum, without, groups) = (0.0, 0L, new SortedDictionary<string, (double Sum, long Count)>(StringComparer.Ordinal));
        var count = rows.ForEach(() =>
        {
            var found = answers();
            var worth = scores?.Invoke();
            if (worth is not null && found.Length != worth.Length)
            {
                throw rows.Error(
                    $"column '{answersColumnName}' has {found.Length} answers but column '{answerScoresColumnName}' has {worth.Length} scores");
            }

            if (found.Length == 0)
            {
                without++;
                return;
            }

            // The sum, should the label name the answer more than once.
            var score = predicted() is [var answer] ? found.Select((text, i) => text == answer ? worth?[i] ?? 1.0 : 0).Sum() : 0;
            sum += score;
            if (group is null) return;
            var name = group().FirstOrDefault() ?? "";
            var known = groups.GetValueOrDefault(name);
            groups[name] = (known.Sum + score, known.Count + 1);
        }) - without;
        if (count == 0) throw new ArgumentException($"{Component}: none of the {without} rows has an answer in column '{answersColumnName}'.", nameof(scored));
        return new(sum / count, count, without, groups.ToDictionary(
            pair => pair.Key, pair => new GroupAccuracy(pair.Value.Sum / pair.Value.Count, pair.Value.Count)));
    }

    /// <summary>One group of rows, such as a family of questions.</summary>
    /// <param name="Accuracy">The mean score of the predicted answers, 0..1.</param>
    /// <param name="Count">The number of rows.</param>
    public sealed record GroupAccuracy(double Accuracy, long Count);
}
