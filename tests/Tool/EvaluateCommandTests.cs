using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

public sealed class EvaluateCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Equals_the_official_evaluation_in_every_figure()
    {
        var data = TestData.SharedData("vqa_v2/eval_test_shared");
        string File(string name) => Path.Combine(data, name);
        var found = ToolRun.Run(
            "evaluate", "vqa", "--questions", File("questions.json"), "--annotations", File("annotations.json"),
            "--results", File("results.json"), "--details").Json();
        using var expected = JsonDocument.Parse(System.IO.File.ReadAllText(File("expected.json")));
        var accuracy = expected.RootElement.GetProperty("accuracy");
        Assert.Equal(accuracy.GetProperty("overall").GetDouble(), found.GetProperty("overall").GetDouble());
        foreach (var group in new[] { "perAnswerType", "perQuestionType" })
            Assert.Equal(Figures(accuracy.GetProperty(group)), Figures(found.GetProperty(group)));
        Assert.Equal(Figures(expected.RootElement.GetProperty("evalQA")), Figures(found.GetProperty("evalQA")));
    }

    [Fact]
    public void Measures_exact_matches_of_a_known_layout()
    {
        var images = Directory.CreateDirectory(_folder.File("images")).FullName;
        foreach (var id in new[] { 0, 1 })
            File.WriteAllBytes(Path.Combine(images, $"{id}.png"), []);
        _folder.Write("questions.json", """
            [["is there a circle?", "yes", 0], ["what color is it?", "red", 0], ["what color is it?", "blue", 1]]
            """u8);
        var results = _folder.Write("r.json", """
            [{"question_id": 0, "answer": "yes"}, {"question_id": 1, "answer": "blue"}, {"question_id": 2, "answer": "blue"}]
            """u8);
        var found = ToolRun.Run("evaluate", "vqa", "--layout", "easy-vqa", _folder.Path, "--results", results).Json();
        Assert.Equal(66.67, found.GetProperty("overall").GetDouble());
        Assert.Equal(50, found.GetProperty("perAnswerType").GetProperty("other").GetDouble());
        Assert.Equal(100, found.GetProperty("perQuestionType").GetProperty("is there").GetDouble());
        Assert.False(found.TryGetProperty("evalQA", out _));
    }

    [Fact]
    public void Results_of_other_questions_are_refused_by_name()
    {
        var annotations = _folder.Write("a.json", """[{"question_id": 7, "image_id": 1, "answers": [{"answer": "red"}]}]"""u8);
        var results = _folder.Write("r.json", """[{"question_id": 8, "answer": "red"}]"""u8);
        ToolRun.Run("evaluate", "vqa", "--annotations", annotations, "--results", results).AssertFailed(1, "r.json", "7");
        var questions = _folder.Write("q.json", """[{"question_id": 9, "image_id": 1, "question": "what?"}]"""u8);
        ToolRun.Run("evaluate", "vqa", "--questions", questions, "--annotations", annotations, "--results", results).AssertFailed(1, "q.json", "7");
    }

    private static Dictionary<string, double> Figures(JsonElement group) =>
        group.EnumerateObject().ToDictionary(figure => figure.Name, figure => figure.Value.GetDouble());
}
