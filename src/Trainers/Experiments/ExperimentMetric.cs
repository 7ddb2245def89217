using Microsoft.ML;

namespace MLNet.VisionLanguage;

/// <summary>
/// What an experiment makes the most of, measured on scored validation rows. Those here read the columns that the data sets and trainers of this
/// library have; for other columns or figures make one of your own.
/// </summary>
/// <param name="Name">Its name, by which trials in other processes find it.</param>
/// <param name="Measure">Measures scored rows.</param>
/// <param name="IsMaximized">Whether more is better.</param>
public sealed record ExperimentMetric(string Name, Func<VisionLanguageCatalog, IDataView, double> Measure, bool IsMaximized = true)
{
    /// <summary>The soft accuracy of visual question answering.</summary>
    public static ExperimentMetric Accuracy { get; } = new("accuracy", (ml, rows) => ml.EvaluateVisualQuestionAnswering(rows).Accuracy);

    /// <summary>The share of GQA's questions answered right.</summary>
    public static ExperimentMetric GqaAccuracy { get; } = new("gqa-accuracy", (ml, rows) => ml.EvaluateGqa(rows).Accuracy);

    /// <summary>The share of statements judged right.</summary>
    public static ExperimentMetric ReasoningAccuracy { get; } =
        new("reasoning-accuracy", (ml, rows) => ml.EvaluateVisualReasoning(rows, sentenceIdColumnName: null).Accuracy);

    /// <summary>The share of sentences all of whose examples are judged right.</summary>
    public static ExperimentMetric ReasoningConsistency { get; } =
        new("reasoning-consistency", (ml, rows) => ml.EvaluateVisualReasoning(rows).Consistency);

    /// <summary>The share of rows of visual entailment with the right class.</summary>
    public static ExperimentMetric EntailmentAccuracy { get; } =
        new("entailment-accuracy", (ml, rows) => ml.EvaluateVisualEntailment(rows).MicroAccuracy);

    /// <summary>The mean over the classes of visual entailment of the share of right rows.</summary>
    public static ExperimentMetric EntailmentMacroAccuracy { get; } =
        new("entailment-macro-accuracy", (ml, rows) => ml.EvaluateVisualEntailment(rows).MacroAccuracy);

    /// <summary>The logarithmic loss of visual entailment; less is better.</summary>
    public static ExperimentMetric EntailmentLogLoss { get; } =
        new("entailment-log-loss", (ml, rows) => ml.EvaluateVisualEntailment(rows).LogLoss, IsMaximized: false);

    /// <summary>The share of rows with the right choice.</summary>
    public static ExperimentMetric ChoiceAccuracy { get; } = new("choice-accuracy", (ml, rows) => ml.EvaluateMultipleChoice(rows).MicroAccuracy);

    /// <summary>The share of texts whose box overlaps by more than half.</summary>
    public static ExperimentMetric GroundingAccuracy { get; } = new("grounding-accuracy", (ml, rows) => ml.EvaluateGrounding(rows).Accuracy);

    /// <summary>The mean overlap of boxes that texts mean.</summary>
    public static ExperimentMetric GroundingOverlap { get; } = new("grounding-overlap", (ml, rows) => ml.EvaluateGrounding(rows).MeanOverlap);

    /// <summary>The share of captions whose image is the first; the validation rows are all pairs.</summary>
    public static ExperimentMetric ImageRecallAt1 { get; } =
        new("image-recall-at-1", (ml, rows) => ml.EvaluateImageTextRetrieval(rows).ImageRetrieval.RecallAt1);

    /// <summary>The share of images one of whose captions is the first; the validation rows are all pairs.</summary>
    public static ExperimentMetric TextRecallAt1 { get; } =
        new("text-recall-at-1", (ml, rows) => ml.EvaluateImageTextRetrieval(rows).TextRetrieval.RecallAt1);

    /// <summary>All of these.</summary>
    public static IReadOnlyList<ExperimentMetric> All { get; } =
    [
        Accuracy, GqaAccuracy, ReasoningAccuracy, ReasoningConsistency, EntailmentAccuracy, EntailmentMacroAccuracy, EntailmentLogLoss, ChoiceAccuracy,
        GroundingAccuracy, GroundingOverlap, ImageRecallAt1, TextRecallAt1,
    ];

    /// <summary>The metric of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public static ExperimentMetric Find(string name) => All.FirstOrDefault(metric => metric.Name == name)
        ?? throw new ArgumentException($"'{name}' is no metric known here; known are {string.Join(", ", All.Select(metric => metric.Name))}.", nameof(name));

    /// <summary>The metric such that less is better.</summary>
    internal double LossOf(double metric) => double.IsNaN(metric) ? double.PositiveInfinity : IsMaximized ? -metric : metric;
}
