using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

public sealed partial class VisionLanguageCatalog
{
    /// <summary>Measures answers to GQA's questions: exact matches, in all and by kinds of questions.</summary>
    /// <param name="scored">Scored rows, such as those of <see cref="GqaDataset"/>.</param>
    /// <param name="answersColumnName">The expected answer: Text, a key with texts, or a vector with one of them.</param>
    /// <param name="predictedLabelColumnName">The predicted answer: a key with KeyValues, or Text.</param>
    /// <param name="structuralTypeColumnName">The structural type, Text; "query" is an open question, all others are binary.</param>
    /// <param name="semanticTypeColumnName">The semantic type, Text.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there are no rows.</exception>
    /// <exception cref="InvalidOperationException">A row has not one expected answer.</exception>
    public GqaMetrics EvaluateGqa(
        IDataView scored, string answersColumnName = "Answers", string predictedLabelColumnName = "PredictedLabel",
        string structuralTypeColumnName = "QuestionType", string semanticTypeColumnName = "SemanticType")
    {
        ArgumentNullException.ThrowIfNull(scored);
        return GqaMetrics.Evaluate(scored, answersColumnName, predictedLabelColumnName, structuralTypeColumnName, semanticTypeColumnName);
    }

    /// <summary>Measures answers and rationales of VCR, which two models (or one, twice) chose, and both together.</summary>
    /// <param name="answers">Rows scored on the question's answers.</param>
    /// <param name="rationales">Rows of the same questions scored on the right answer's rationales.</param>
    /// <param name="answerLabelColumnName">The right answer of <paramref name="answers"/>: a name, a key, or a number from 0.</param>
    /// <param name="rationaleLabelColumnName">The right rationale of <paramref name="rationales"/>.</param>
    /// <param name="predictedLabelColumnName">The choice in both: a key with KeyValues, or Text.</param>
    /// <param name="questionIdColumnName">The question in both, Text.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, there are no rows, or a question is in one view alone.</exception>
    /// <exception cref="InvalidOperationException">A question is there twice, or has no label.</exception>
    public VisualCommonsenseMetrics EvaluateVisualCommonsense(
        IDataView answers, IDataView rationales, string answerLabelColumnName = "AnswerLabel", string rationaleLabelColumnName = "RationaleLabel",
        string predictedLabelColumnName = "PredictedLabel", string questionIdColumnName = "QuestionId")
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(rationales);
        return VisualCommonsenseMetrics.Evaluate(
            answers, rationales, answerLabelColumnName, rationaleLabelColumnName, predictedLabelColumnName, questionIdColumnName);
    }

    /// <summary>Measures statements about images (NLVR, NLVR2): accuracy, and consistency over the examples of a sentence.</summary>
    /// <param name="scored">Scored rows, such as those of <see cref="Nlvr2Dataset"/>.</param>
    /// <param name="labelColumnName">Whether the statement is true: Boolean, Text, a key with True and False, or 0 and 1.</param>
    /// <param name="predictedLabelColumnName">What the model says: a key with KeyValues, or Text.</param>
    /// <param name="sentenceIdColumnName">What examples of one sentence have in common, Text; null to leave consistency out.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there are no rows.</exception>
    /// <exception cref="InvalidOperationException">A row has no label.</exception>
    public VisualReasoningMetrics EvaluateVisualReasoning(
        IDataView scored, string labelColumnName = "Label", string predictedLabelColumnName = "PredictedLabel",
        string? sentenceIdColumnName = "SentenceId")
    {
        ArgumentNullException.ThrowIfNull(scored);
        return VisualReasoningMetrics.Evaluate(scored, labelColumnName, predictedLabelColumnName, sentenceIdColumnName);
    }

    /// <summary>
    /// Measures visual entailment (SNLI-VE) with ML.NET's own metrics: MicroAccuracy is the accuracy, 0..1, ConfusionMatrix has the classes in
    /// the order of the model's, and the logarithmic losses take the scores for probabilities.
    /// </summary>
    /// <param name="scored">Scored rows.</param>
    /// <param name="labelColumnName">The right class: Text, a key with texts, or a number that counts the model's classes from 0.</param>
    /// <param name="scoreColumnName">The scores of the classes, Vector&lt;Single&gt;.</param>
    /// <param name="predictedLabelColumnName">The predicted class, a key with KeyValues.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there are no rows.</exception>
    /// <exception cref="InvalidOperationException">A row's label is none of the model's classes.</exception>
    public MulticlassClassificationMetrics EvaluateVisualEntailment(
        IDataView scored, string labelColumnName = "Label", string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel")
    {
        ArgumentNullException.ThrowIfNull(scored);
        return NamedMetrics.Evaluate(
            Context, "EvaluateVisualEntailment", scored, labelColumnName, scoreColumnName, predictedLabelColumnName);
    }

    /// <summary>Measures choices (VCR's answers or rationales, pointing) with ML.NET's own metrics, as <see cref="EvaluateVisualEntailment"/>.</summary>
    /// <inheritdoc cref="EvaluateVisualEntailment"/>
    public MulticlassClassificationMetrics EvaluateMultipleChoice(
        IDataView scored, string labelColumnName = "Label", string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel")
    {
        ArgumentNullException.ThrowIfNull(scored);
        return NamedMetrics.Evaluate(Context, "EvaluateMultipleChoice", scored, labelColumnName, scoreColumnName, predictedLabelColumnName);
    }

    /// <summary>Measures boxes that texts mean (RefCOCO, Flickr30k Entities): accuracy of the first, recall of the first so many.</summary>
    /// <param name="scored">Scored rows.</param>
    /// <param name="boxesColumnName">The boxes that are right, pixels x1 y1 x2 y2: Vector&lt;Single&gt; of four a box.</param>
    /// <param name="predictedBoxColumnName">The predicted box, Vector&lt;Single&gt; of four; null for the region with the highest score.</param>
    /// <param name="scoreColumnName">A score a region, Vector&lt;Single&gt;; null when there is only a predicted box.</param>
    /// <param name="regionBoxesColumnName">The boxes of the regions, pixels x1 y1 x2 y2; read when there are scores.</param>
    /// <param name="threshold">The overlap that a right box has more than, 0..1; with other protocols at least.</param>
    /// <param name="protocol">When a box is right.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there are no rows.</exception>
    /// <exception cref="InvalidOperationException">A row has no right box, or not as many scores as regions.</exception>
    public GroundingMetrics EvaluateGrounding(
        IDataView scored, string boxesColumnName = "Boxes", string? predictedBoxColumnName = null, string? scoreColumnName = "Score",
        string regionBoxesColumnName = "RegionBoxes", double threshold = 0.5, GroundingProtocol protocol = GroundingProtocol.Regions)
    {
        ArgumentNullException.ThrowIfNull(scored);
        return GroundingMetrics.Evaluate(
            scored, boxesColumnName, predictedBoxColumnName, scoreColumnName, regionBoxesColumnName, threshold, protocol);
    }

    /// <summary>Measures retrieval in both directions on scored pairs of captions and images.</summary>
    /// <param name="scored">A row for each pair; pairs that are not there stand behind all others.</param>
    /// <param name="captionIdColumnName">The caption, Text.</param>
    /// <param name="imageIdColumnName">The image, Text.</param>
    /// <param name="scoreColumnName">How well they fit: Single, or Vector&lt;Single&gt; whose first number says so.</param>
    /// <param name="labelColumnName">Whether the caption is the image's: Boolean, Text, a key with True and False, or 0 and 1.</param>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type, there are no rows, or a caption is with none of its images.
    /// </exception>
    /// <exception cref="InvalidOperationException">A pair is there twice, or a caption has two images.</exception>
    public ImageTextRetrievalMetrics EvaluateImageTextRetrieval(
        IDataView scored, string captionIdColumnName = "CaptionId", string imageIdColumnName = "ImageId", string scoreColumnName = "Score",
        string labelColumnName = "Label")
    {
        ArgumentNullException.ThrowIfNull(scored);
        return ImageTextRetrievalMetrics.Evaluate(scored, captionIdColumnName, imageIdColumnName, scoreColumnName, labelColumnName);
    }
}
