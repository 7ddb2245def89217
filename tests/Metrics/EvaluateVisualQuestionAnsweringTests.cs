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
        Assert.Equal((1 + 0.3 + 0 + 0) / 4, metrics.Accuracy, 6);
        Assert.Equal(4, metrics.Count);
        Assert.Equal(["colour", "count"], metrics.PerGroup.Keys.Order());
        Assert.Equal((1.3 / 2, 2), (Math.Round(metrics.PerGroup["colour"].Accuracy, 6), metrics.PerGroup["colour"].Count));
        Assert.Equal((0, 2), (metrics.PerGroup["count"].Accuracy, metrics.PerGroup["count"].Count));
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
        Assert.Contains("'Family'", Assert.Throws<ArgumentException>(
            () => catalog.EvaluateVisualQuestionAnswering(scored, predictedLabelColumnName: "Family")).Message);
        Assert.Contains("no rows", Assert.Throws<ArgumentException>(() => catalog.EvaluateVisualQuestionAnswering(Scored([]))).Message);
        var rows = Rows();
        rows[2].AnswerScores = [1, 1, 1];
        var error = Assert.Throws<InvalidOperationException>(() => catalog.EvaluateVisualQuestionAnswering(Scored(rows)));
        Assert.Contains("row 2", error.Message);
        Assert.Contains("'AnswerScores' has 3 scores", error.Message);
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

        public string[] Answers { get; set; } = [];

        public float[] AnswerScores { get; set; } = [];
    }
}
