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
    /// answer normalisation, is <see cref="VqaAccuracy"/>.
    /// </summary>
    /// <param name="scored">Scored rows.</param>
    /// <param name="answersColumnName">The label's answers, Vector&lt;Text&gt;.</param>
    /// <param name="answerScoresColumnName">Their scores 0..1, Vector&lt;Single&gt; of the same length.</param>
    /// <param name="predictedLabelColumnName">The predicted answer, a key with KeyValues.</param>
    /// <param name="groupColumnName">A text column by whose values accuracy is told as well, or null.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there are no rows.</exception>
    /// <exception cref="InvalidOperationException">A row has not as many scores as answers.</exception>
    public VisualQuestionAnsweringMetrics EvaluateVisualQuestionAnswering(
        IDataView scored,
        string answersColumnName = "Answers",
        string answerScoresColumnName = "AnswerScores",
        string predictedLabelColumnName = "PredictedLabel",
        string? groupColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(scored);
        var schema = scored.Schema;
        ColumnRequirement.Vector<ReadOnlyMemory<char>>(Evaluation, answersColumnName).Check(schema);
        ColumnRequirement.Vector<float>(Evaluation, answerScoresColumnName).Check(schema);
        if (groupColumnName is not null) ColumnRequirement.Text(Evaluation, groupColumnName).Check(schema);
        var keys = KeyTexts(schema, predictedLabelColumnName);

        var needed = new List<DataViewSchema.Column> { schema[answersColumnName], schema[answerScoresColumnName], schema[predictedLabelColumnName] };
        if (groupColumnName is not null) needed.Add(schema[groupColumnName]);
        using var cursor = scored.GetRowCursor(needed);
        var answers = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(schema[answersColumnName]);
        var scores = cursor.GetGetter<VBuffer<float>>(schema[answerScoresColumnName]);
        var predicted = cursor.GetGetter<uint>(schema[predictedLabelColumnName]);
        var group = groupColumnName is null ? null : cursor.GetGetter<ReadOnlyMemory<char>>(schema[groupColumnName]);

        VBuffer<ReadOnlyMemory<char>> answerValues = default;
        VBuffer<float> scoreValues = default;
        ReadOnlyMemory<char> groupValue = default;
        uint key = 0;
        var all = (Sum: 0.0, Count: 0L);
        var groups = new SortedDictionary<string, (double Sum, long Count)>(StringComparer.Ordinal);
        while (cursor.MoveNext())
        {
            answers(ref answerValues);
            scores(ref scoreValues);
            predicted(ref key);
            if (answerValues.Length != scoreValues.Length)
            {
                throw new InvalidOperationException(
                    $"{Evaluation}: row {cursor.Position}: column '{answersColumnName}' has {answerValues.Length} answers " +
                    $"but column '{answerScoresColumnName}' has {scoreValues.Length} scores.");
            }

            var score = key == 0 ? 0 : ScoreOf(keys[key - 1], answerValues, scoreValues);
            all = (all.Sum + score, all.Count + 1);
            if (group is null) continue;
            group(ref groupValue);
            var (sum, count) = groups.GetValueOrDefault(groupValue.ToString());
            groups[groupValue.ToString()] = (sum + score, count + 1);
        }

        if (all.Count == 0) throw new ArgumentException($"{Evaluation}: there are no rows to measure.", nameof(scored));
        return new VisualQuestionAnsweringMetrics(
            all.Sum / all.Count,
            all.Count,
            groups.ToDictionary(
                pair => pair.Key, pair => new VisualQuestionAnsweringMetrics.GroupAccuracy(pair.Value.Sum / pair.Value.Count, pair.Value.Count)));
    }

    private static string[] KeyTexts(DataViewSchema schema, string column)
    {
        if (schema.GetColumnOrNull(column) is not { } found)
            throw new ArgumentException($"{Evaluation}: there is no column '{column}' in the input.", nameof(schema));
        if (found.Type is not KeyDataViewType || found.Type.RawType != typeof(uint) || !found.HasKeyValues(TextDataViewType.Instance))
        {
            throw new ArgumentException(
                $"{Evaluation}: column '{column}' must be a key of UInt32 with texts as KeyValues but is {found.Type}.", nameof(schema));
        }

        VBuffer<ReadOnlyMemory<char>> texts = default;
        found.GetKeyValues(ref texts);
        return [.. texts.DenseValues().Select(text => text.ToString())];
    }

    /// <summary>The score of an answer; the sum, should the label name it more than once.</summary>
    private static double ScoreOf(string answer, in VBuffer<ReadOnlyMemory<char>> answers, in VBuffer<float> scores)
    {
        var sum = 0.0;
        for (var i = 0; i < answers.Length; i++)
        {
            if (answers.GetItemOrDefault(i).Span.SequenceEqual(answer)) sum += scores.GetItemOrDefault(i);
        }

        return sum;
    }
}
