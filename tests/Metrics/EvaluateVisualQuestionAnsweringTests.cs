using Microsoft.ML;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Metrics;

public sealed class EvaluateVisualQuestionAnsweringTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void The_accuracy_is_the_mean_score_of_the_predicted_answers()
    {
        var metrics = _ml.VisionLanguage().EvaluateVisualQuestionAnswering(Scored(Rows()), groupColumnName: "Family");
        Assert.Equal((1 + 0.3 + 0) / 3, metrics.Accuracy, 6);
        Assert.Equal((3, 1), (metrics.Count, metrics.WithoutAnswers));
        Assert.Equal(["colour", "count"], metrics.PerGroup.Keys.Order());
        Assert.Equal((1.3 / 2, 2), (Math.Round(metrics.PerGroup["colour"].Accuracy, 6), metrics.PerGroup["colour"].Count));
        Assert.Equal((0, 1), (metrics.PerGroup["count"].Accuracy, metrics.PerGroup["count"].Count));
    }

    [Fact]
    public void Without_groups_there_are_none() =>
        Assert.Empty(_ml.VisionLanguage().EvaluateVisualQuestionAnswering(Scored(Rows())).PerGroup);

    [Fact]
    public void Bad_input_is_named()
    {
        var catalog = _ml.VisionLanguage();
        var scored = Scored(Rows());
        Assert.Contains("'Nothing'", Assert.Throws<ArgumentException>(() => catalog.EvaluateVisualQuestionAnswering(scored, "Nothing")).Message);
        Assert.Contains("'AnswerScores'", Assert.Throws<ArgumentException>(
            () => catalog.EvaluateVisualQuestionAnswering(scored, predictedLabelColumnName: "AnswerScores")).Message);
        Assert.Contains("'Answers'", Assert.Throws<ArgumentException>(
            () => catalog.EvaluateVisualQuestionAnswering(scored, predictedLabelColumnName: "Answers")).Message);
        Assert.Contains("none of the 1 rows", Assert.Throws<ArgumentException>(
            () => catalog.EvaluateVisualQuestionAnswering(Scored(Rows()[3..]))).Message);
        Assert.Contains("no rows", Assert.Throws<ArgumentException>(() => catalog.EvaluateVisualQuestionAnswering(Scored([]))).Message);
        var rows = Rows();
        rows[2].AnswerScores = [1, 1, 1];
        var error = Assert.Throws<InvalidOperationException>(() => catalog.EvaluateVisualQuestionAnswering(Scored(rows)));
        Assert.Contains("row 2", error.Message);
        Assert.Contains("'AnswerScores' has 3 scores", error.Message);
    }

    [Theory]
    [InlineData("Predicted", "Text")]
    [InlineData("PredictedLabel", "Text")]
    [InlineData("PredictedLabel", "Key")]
    [InlineData("Predicted", "Keys")]
    public void Labels_are_texts_or_keys_and_need_no_scores(string predicted, string kind)
    {
        List<Row> rows =
        [
            new() { Predicted = "red", Answer = "red", Answers = ["blue", "red"] }, new() { Predicted = "two", Answer = "blue", Answers = ["blue"] },
            new() { Predicted = "red", Answer = "", Answers = [] },
        ];
        var view = Scored(rows);
        var label = kind == "Keys" ? "Answers" : "Answer";
        if (kind != "Text")
        {
            view = _ml.Transforms.Conversion.MapValueToKey("Label", label).Fit(view).Transform(view);
            label = "Label";
        }

        // A single label needs no scores; those of the rows here belong to other answers.
        view = _ml.Transforms.DropColumns("AnswerScores").Fit(view).Transform(view);
        var metrics = _ml.VisionLanguage().EvaluateVisualQuestionAnswering(
            view, label, kind == "Keys" ? null : "AnswerScores", predictedLabelColumnName: predicted);
        Assert.Equal((0.5, 2, 1), (metrics.Accuracy, metrics.Count, metrics.WithoutAnswers));
    }

    private static List<Row> Rows() =>
    [
        new() { Family = "colour", Predicted = "red", Answers = ["blue", "red"], AnswerScores = [0.3f, 1] },
        new() { Family = "colour", Predicted = "blue", Answers = ["blue", "red"], AnswerScores = [0.3f, 1] },
        new() { Family = "count", Predicted = "two", Answers = ["three"], AnswerScores = [1] },
        new() { Family = "count", Predicted = "no such key", Answers = [], AnswerScores = [] },
    ];

    private IDataView Scored(List<Row> rows)
    {
        var keys = _ml.Data.LoadFromEnumerable(new[] { "red", "blue", "two" }.Select(text => new Key { Text = text }).ToList());
        var view = _ml.Data.LoadFromEnumerable(rows);
        return _ml.Transforms.Conversion.MapValueToKey("PredictedLabel", "Predicted", keyData: keys).Fit(view).Transform(view);
    }

    private sealed class Key
    {
        public string Text { get; set; } = "";
    }

    private sealed class Row
    {
        public string Family { get; set; } = "";

        public string Predicted { get; set; } = "";

        public string Answer { get; set; } = "";

        public string[] Answers { get; set; } = [];

        public float[] AnswerScores { get; set; } = [];
    }
}
