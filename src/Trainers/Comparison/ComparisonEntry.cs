using System.Text.Json.Serialization;

namespace MLNet.VisionLanguage;

/// <summary>A model's line of the leaderboard and what is told of it besides.</summary>
public sealed record ComparisonEntry
{
    /// <summary>The model.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is one of the built-in baselines.</summary>
    public bool IsBaseline { get; init; }

    /// <summary>The accuracy in percent, rounded as the official evaluation rounds it: what <see cref="VqaAccuracy"/> and vl evaluate say.</summary>
    public double Overall { get; init; }

    /// <summary>The same per answer type.</summary>
    public required IReadOnlyDictionary<string, double> PerAnswerType { get; init; }

    /// <summary>The same per question type.</summary>
    public required IReadOnlyDictionary<string, double> PerQuestionType { get; init; }

    /// <summary>The accuracy in percent of questions of so many words.</summary>
    public required IReadOnlyList<GroupedAccuracy> PerLength { get; init; }

    /// <summary>How sure it is beside how right, in ten bins of its probability.</summary>
    public required IReadOnlyList<CalibrationBin> Calibration { get; init; }

    /// <summary>The expected calibration error, 0..1: the mean distance between probability and accuracy.</summary>
    public double CalibrationError { get; init; }

    /// <summary>How often frequent expected answers (rows) were answered how (columns); the last of either is all others.</summary>
    public required ConfusionTable Confusions { get; init; }

    /// <summary>The answers that were worth nothing and of which it was surest.</summary>
    public required IReadOnlyList<WorstExample> Worst { get; init; }

    /// <summary>Seconds to score all rows, with what the pipeline does before.</summary>
    public double Seconds { get; init; }

    /// <summary>Each question's accuracy, 0..1 and not rounded, in the order of the data.</summary>
    [JsonIgnore]
    internal IReadOnlyList<double> Accuracies { get; init; } = [];
}

/// <summary>The accuracy in percent of a group of questions.</summary>
/// <param name="Words">The number of words; the last group has all longer ones, too.</param>
/// <param name="Accuracy">Their accuracy, 0..100.</param>
/// <param name="Count">How many they are.</param>
public sealed record GroupedAccuracy(int Words, double Accuracy, int Count);

/// <summary>Answers of like probability.</summary>
/// <param name="Probability">Their mean probability, 0..1.</param>
/// <param name="Accuracy">Their mean accuracy, 0..1.</param>
/// <param name="Count">How many they are.</param>
public sealed record CalibrationBin(double Probability, double Accuracy, int Count);

/// <summary>How often was answered what.</summary>
/// <param name="Answers">The frequent answers.</param>
/// <param name="Counts">A row for each expected answer and one for all others, in each a column for each given answer and one for all others.</param>
public sealed record ConfusionTable(IReadOnlyList<string> Answers, IReadOnlyList<IReadOnlyList<int>> Counts);

/// <summary>An answer that was worth nothing.</summary>
/// <param name="QuestionId">The question's number or name.</param>
/// <param name="Question">The question.</param>
/// <param name="Image">The image's file, or its name.</param>
/// <param name="Expected">The best answer.</param>
/// <param name="Answer">The answer given.</param>
/// <param name="Probability">How sure the model was, 0..1.</param>
/// <param name="Boxes">The regions that it saw, pixels x1 y1 x2 y2 each; empty when it does not tell.</param>
/// <param name="ImageSize">Width and height of the image in which they are pixels; empty when it does not tell.</param>
public sealed record WorstExample(
    string QuestionId, string Question, string Image, string Expected, string Answer, double Probability, IReadOnlyList<float> Boxes,
    IReadOnlyList<float> ImageSize);

/// <summary>What a model is better than another, with an interval.</summary>
/// <param name="Better">The first model, the one with the higher accuracy.</param>
/// <param name="Other">The second model.</param>
/// <param name="Difference">By how much the first's mean accuracy is higher, in percentage points.</param>
/// <param name="Lower">The interval's lower end.</param>
/// <param name="Upper">The interval's upper end.</param>
public sealed record PairedDifference(string Better, string Other, double Difference, double Lower, double Upper)
{
    /// <summary>Whether the interval is above 0: the first is better whatever images had been drawn.</summary>
    public bool IsSignificant => Lower > 0;
}
