using Microsoft.ML;

namespace MLNet.VisionLanguage;

public sealed partial class VisionLanguageCatalog
{
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
    /// <param name="groupColumnName">A column of texts or keys by whose values accuracy is told as well, or null.</param>
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
        return VisualQuestionAnsweringMetrics.Evaluate(
            scored, answersColumnName, answerScoresColumnName, predictedLabelColumnName, groupColumnName);
    }
}
