using System.Globalization;
using Microsoft.ML;
using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Training;

/// <summary>Accuracy 0..1 on unseen scenes, beside what always giving the most frequent answer would reach.</summary>
internal sealed record Evaluation(FamilyFigures Overall, IReadOnlyList<FamilyFigures> Families)
{
    public static IReadOnlyList<string> Head { get; } =
        ["Questions about", "Questions", "Accuracy", "Most frequent answer", "Its accuracy"];

    /// <summary>Asks the model and counts.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="model">The whole pipeline.</param>
    /// <param name="training">Tells which answers are most frequent.</param>
    /// <param name="test">Scenes the model has not seen.</param>
    /// <param name="answered">Told how many questions are answered.</param>
    public static Evaluation Run(
        MLContext ml, ITransformer model, IReadOnlyList<VqaExample> training, IReadOnlyList<VqaExample> test, Action<int> answered)
    {
        var scored = model.Transform(ml.Data.LoadFromEnumerable(test));
        var named = ml.Transforms.Conversion.MapKeyToValue(nameof(Prediction.PredictedAnswer), "PredictedLabel").Fit(scored).Transform(scored);
        var rows = new List<Row>(test.Count);
        foreach (var prediction in ml.Data.CreateEnumerable<Prediction>(named, reuseRowObject: false))
        {
            rows.Add(new Row(prediction.QuestionType, prediction.Answers[0], prediction.PredictedAnswer));
            answered(rows.Count);
        }

        var families = rows.GroupBy(row => row.Family, StringComparer.Ordinal).Select(family =>
            Figures(family.Key, [.. family], MostFrequent(training.Where(example => example.QuestionType == family.Key))));
        return new Evaluation(Figures("all", rows, MostFrequent(training)), [.. families]);
    }

    public IEnumerable<IReadOnlyList<string>> Rows() => Families.Append(Overall).Select(figures => (IReadOnlyList<string>)
    [
        figures.Family,
        figures.Questions.ToString(CultureInfo.InvariantCulture),
        Percent(figures.Accuracy),
        figures.MostFrequentAnswer,
        Percent(figures.BaselineAccuracy),
    ]);

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + " %";

    private static FamilyFigures Figures(string family, IReadOnlyList<Row> rows, string mostFrequent) => new(
        family,
        rows.Count,
        rows.Count(row => row.Predicted == row.Answer) / (double)rows.Count,
        mostFrequent,
        rows.Count(row => mostFrequent == row.Answer) / (double)rows.Count);

    private static string MostFrequent(IEnumerable<VqaExample> examples) => examples
        .CountBy(example => example.Answers[0], StringComparer.Ordinal)
        .OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal)
        .First().Key;

    private sealed record Row(string Family, string Answer, string Predicted);

    private sealed class Prediction
    {
        public string QuestionType { get; set; } = "";

        public string[] Answers { get; set; } = [];

        public string PredictedAnswer { get; set; } = "";
    }
}

/// <summary>The figures of one question family.</summary>
internal sealed record FamilyFigures(string Family, int Questions, double Accuracy, string MostFrequentAnswer, double BaselineAccuracy);
