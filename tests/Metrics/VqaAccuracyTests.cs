using System.Globalization;
using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Metrics;

public sealed class VqaAccuracyTests
{
    [SkippableFact]
    public void Every_figure_equals_the_official_evaluation()
    {
        var folder = TestData.SharedData("vqa_v2/eval_test_shared");
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        var accuracy = expected.RootElement.GetProperty("accuracy");

        var metrics = VqaAccuracy.Evaluate(
            VqaFiles.ReadAnnotations(Path.Combine(folder, "annotations.json")), VqaFiles.ReadResults(Path.Combine(folder, "results.json")));

        Assert.Equal(accuracy.GetProperty("overall").GetDouble(), metrics.Overall);
        Assert.Equal(Figures(accuracy.GetProperty("perAnswerType")), Sorted(metrics.PerAnswerType));
        Assert.Equal(Figures(accuracy.GetProperty("perQuestionType")), Sorted(metrics.PerQuestionType));
        Assert.Equal(Figures(expected.RootElement.GetProperty("evalQA")), Sorted(metrics.PerQuestion));
    }

    [Theory]
    [InlineData("red", 3, 0.9)] // 3 annotators see 2 others, 7 see 3
    [InlineData("red", 2, 0.6)]
    [InlineData("red", 4, 1.0)]
    [InlineData("red", 1, 0.3)]
    [InlineData("green", 3, 0.0)]
    public void Leaves_each_annotator_out_in_turn(string predicted, int red, double expected)
    {
        var answers = Answers([.. Enumerable.Repeat("red", red), .. Enumerable.Range(0, 10 - red).Select(i => $"other {i}")]);
        Assert.Equal(expected, VqaAccuracy.Score(predicted, answers), 12);
    }

    [Fact]
    public void Normalises_only_when_annotators_disagree()
    {
        var agreed = Answers(Enumerable.Repeat("The Dog", 10));
        Assert.Equal(0, VqaAccuracy.Score("dog", agreed));
        Assert.Equal(1, VqaAccuracy.Score("The Dog\n", agreed));
        var disagreed = Answers(["cat", .. Enumerable.Repeat("The Dog", 9)]);
        Assert.Equal(1, VqaAccuracy.Score("a dog", disagreed));
    }

    [Fact]
    public void Groups_by_answer_type_and_question_type()
    {
        VqaAnnotation[] annotations =
        [
            new(1, "7", "is the", "yes/no", "yes", Answers(Enumerable.Repeat("yes", 10))),
            new(2, "7", "how many", "number", "2", Answers(Enumerable.Repeat("2", 10))),
            new(3, "8", "how many", "number", "3", Answers(Enumerable.Repeat("3", 10))),
        ];
        var metrics = VqaAccuracy.Evaluate(annotations, [new(3, "4"), new(2, "2"), new(1, "yes")]);
        Assert.Equal(66.67, metrics.Overall);
        Assert.Equal([100, 50], new[] { metrics.PerAnswerType["yes/no"], metrics.PerAnswerType["number"] });
        Assert.Equal([100, 50], new[] { metrics.PerQuestionType["is the"], metrics.PerQuestionType["how many"] });
        Assert.Equal([100, 100, 0], new[] { metrics.PerQuestion[1], metrics.PerQuestion[2], metrics.PerQuestion[3] });
        using var json = JsonDocument.Parse(metrics.ToJson(withQuestions: true));
        Assert.Equal(66.67, json.RootElement.GetProperty("overall").GetDouble());
        Assert.Equal(50, json.RootElement.GetProperty("perAnswerType").GetProperty("number").GetDouble());
        Assert.Equal(0, json.RootElement.GetProperty("evalQA").GetProperty("3").GetDouble());
    }

    [Fact]
    public void Results_must_be_for_the_annotated_questions()
    {
        VqaAnnotation[] annotations = [new(1, "7", "is", "yes/no", "yes", Answers(["yes"])), new(2, "7", "is", "yes/no", "yes", Answers(["yes"]))];
        Assert.Contains("1 of 2 annotated questions have no result; the first is 2", Message([new(1, "yes")]));
        Assert.Contains("1 results are for questions without annotation; the first is 9", Message([new(1, "a"), new(2, "b"), new(9, "c")]));
        Assert.Contains("1 results repeat a question id; the first is 1", Message([new(1, "a"), new(1, "b"), new(2, "c")]));

        string Message(VqaResult[] results) => Assert.Throws<ArgumentException>(() => VqaAccuracy.Evaluate(annotations, results)).Message;
    }

    [Theory]
    [InlineData(1.115, 1.11)]
    [InlineData(0.125, 0.12)]
    [InlineData(0.375, 0.38)]
    [InlineData(2.675, 2.67)]
    [InlineData(61.685, 61.69)]
    [InlineData(100.0, 100.0)]
    public void Rounds_as_python_does(double value, double expected) => Assert.Equal(expected, VqaAccuracy.Round(value, 2));

    private static VqaHumanAnswer[] Answers(IEnumerable<string> answers) => answers.Select((a, i) => new VqaHumanAnswer(a, i + 1)).ToArray();

    private static List<(string Key, double Value)> Figures(JsonElement figures) =>
        figures.EnumerateObject().Select(p => (p.Name, p.Value.GetDouble())).OrderBy(p => p.Name, StringComparer.Ordinal).ToList();

    private static List<(string Key, double Value)> Sorted<TKey>(IReadOnlyDictionary<TKey, double> figures)
        where TKey : notnull =>
        figures.Select(p => (Key: string.Create(CultureInfo.InvariantCulture, $"{p.Key}"), p.Value)).OrderBy(p => p.Key, StringComparer.Ordinal).ToList();
}
