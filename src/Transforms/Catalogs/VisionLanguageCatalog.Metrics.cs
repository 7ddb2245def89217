using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage;

public sealed partial class VisionLanguageCatalog
{
    private const string Evaluation = "EvaluateVisualQuestionAnswering";

    /// <summary>
    /// Measures predicted answers against soft labels: a row's accuracy is the score its label gives the predicted answer. With scores
    /// made of ten annotators' answers (0, 0.3, 0.6, 0.9, 1) this is the VQA accuracy as training sees it; the official evaluation, with
    /// answer normalisation, is <see cref="VqaAccuracy"/>. Labels are of the kinds that training takes.
    /// </summary>
    /// <param name="scored">Scored rows.</param>
    /// <param name="answersColumnName">
    /// The label's answers: Text, Vector&lt;Text&gt;, or a key or keys with texts as KeyValues. Rows without an answer (an empty vector, an
    /// empty text, a missing key) are left out and counted.
    /// </param>
    /// <param name="answerScoresColumnName">
    /// Their scores 0..1, Vector&lt;Single&gt; of the same length; null scores every answer 1, as does a label of one answer without such
    /// a column.
    /// </param>
    /// <param name="predictedLabelColumnName">The predicted answer: a key with KeyValues, or Text.</param>
    /// <param name="groupColumnName">A text column by whose values accuracy is told as well, or null.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there are no rows with answers.</exception>
    /// <exception cref="InvalidOperationException">A row has not as many scores as answers.</exception>
    public VisualQuestionAnsweringMetrics EvaluateVisualQuestionAnswering(
        IDataView scored,
        string answersColumnName = "Answers",
        string? answerScoresColumnName = "AnswerScores",
        string predictedLabelColumnName = "PredictedLabel",
        string? groupColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(scored);
        var schema = scored.Schema;
        var label = LabelTexts.Find(Evaluation, schema, answersColumnName);
        var labelScores = LabelTexts.FindScores(Evaluation, schema, label, answerScoresColumnName);
        if (groupColumnName is not null) ColumnRequirement.Text(Evaluation, groupColumnName).Check(schema);
        var prediction = LabelTexts.Find(Evaluation, schema, predictedLabelColumnName);
        if (!LabelTexts.IsSingle(prediction))
        {
            throw new ArgumentException(
                $"{Evaluation}: column '{predictedLabelColumnName}' must be one answer a row but is {prediction.Type}.", nameof(scored));
        }

        var needed = new List<DataViewSchema.Column> { label, prediction };
        if (labelScores is { } given) needed.Add(given);
        if (groupColumnName is not null) needed.Add(schema[groupColumnName]);
        using var cursor = scored.GetRowCursor(needed.DistinctBy(column => column.Index));
        var answers = LabelTexts.Reader(cursor, label);
        var predicted = LabelTexts.Reader(cursor, prediction);
        var scores = labelScores is { } column ? cursor.GetGetter<VBuffer<float>>(column) : null;
        var group = groupColumnName is null ? null : cursor.GetGetter<ReadOnlyMemory<char>>(schema[groupColumnName]);

        VBuffer<float> scoreValues = default;
        ReadOnlyMemory<char> groupValue = default;
        var all = (Sum: 0.0, Count: 0L);
        var without = 0L;
        var groups = new SortedDictionary<string, (double Sum, long Count)>(StringComparer.Ordinal);
        while (cursor.MoveNext())
        {
            var found = answers();
            scores?.Invoke(ref scoreValues);
            if (scores is not null && found.Length != scoreValues.Length)
            {
                throw new InvalidOperationException(
                    $"{Evaluation}: row {cursor.Position}: column '{answersColumnName}' has {found.Length} answers " +
                    $"but column '{labelScores!.Value.Name}' has {scoreValues.Length} scores.");
            }

            if (found.Length == 0)
            {
                without++;
                continue;
            }

            var score = predicted() is [var answer] ? ScoreOf(answer, found, scores is null ? null : scoreValues) : 0;
            all = (all.Sum + score, all.Count + 1);
            if (group is null) continue;
            group(ref groupValue);
            var (sum, count) = groups.GetValueOrDefault(groupValue.ToString());
            groups[groupValue.ToString()] = (sum + score, count + 1);
        }

        if (all.Count == 0)
        {
            throw new ArgumentException(
                without == 0
                    ? $"{Evaluation}: there are no rows to measure."
                    : $"{Evaluation}: none of the {without} rows has an answer in column '{answersColumnName}'.",
                nameof(scored));
        }

        return new VisualQuestionAnsweringMetrics(
            all.Sum / all.Count,
            all.Count,
            without,
            groups.ToDictionary(
                pair => pair.Key, pair => new VisualQuestionAnsweringMetrics.GroupAccuracy(pair.Value.Sum / pair.Value.Count, pair.Value.Count)));
    }

    /// <summary>The score of an answer; the sum, should the label name it more than once.</summary>
    private static double ScoreOf(string answer, string[] answers, VBuffer<float>? scores)
    {
        var sum = 0.0;
        for (var i = 0; i < answers.Length; i++)
        {
            if (answers[i] == answer) sum += scores?.GetItemOrDefault(i) ?? 1;
        }

        return sum;
    }
}
