using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary><c>vl compare</c> on a handful of scenes.</summary>
[Collection(TorchCollection.Name)]
public sealed class CompareCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CompareCommandTests()
    {
        Assert.Equal(0, ToolRun.Run("scenes", "--output", _folder.File("scenes"), "--scenes", "30", "--val-scenes", "8").Code);
        foreach (var (kind, epochs) in new[] { ("vilbert", "2"), ("lxmert", "1") })
        {
            var run = ToolRun.Run([
                "train", "vqa", "--questions", Scene("train_questions.json"), "--annotations", Scene("train_annotations.json"), "--images", Scene("images"),
                "--kind", kind, "--epochs", epochs, "--grid", "2", "--cell-size", "4", "--output", _folder.File(kind + ".zip"),
            ]);
            Assert.True(run.Code == 0, run.Error);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_leaderboard_says_what_evaluate_says()
    {
        var compared = ToolRun.Run([
            "compare", "--models", _folder.File("vilbert.zip"), "two=" + _folder.File("lxmert.zip"), .. Measured, "--train-questions",
            Scene("train_questions.json"), "--train-annotations", Scene("train_annotations.json"), "--json", "--report", _folder.File("r.html"),
        ]).Json();
        var board = compared.GetProperty("leaderboard").EnumerateArray().ToDictionary(entry => entry.GetProperty("name").GetString()!);

        Assert.Equal(6, board.Count);
        foreach (var (name, file) in new[] { ("vilbert", "vilbert.zip"), ("two", "lxmert.zip") })
        {
            var measured = ToolRun.Run(["evaluate", "vqa", "--model", _folder.File(file), .. Measured]).Json();
            foreach (var figure in new[] { "overall", "perAnswerType", "perQuestionType" })
                Assert.Equal(measured.GetProperty(figure).GetRawText().ReplaceWhitespace(), board[name].GetProperty(figure).GetRawText().ReplaceWhitespace());

            // Figures of each kind are of all questions.
            var count = compared.GetProperty("questions").GetInt32();
            Assert.Equal(count, board[name].GetProperty("calibration").EnumerateArray().Sum(bin => bin.GetProperty("count").GetInt32()));
            Assert.Equal(count, board[name].GetProperty("perLength").EnumerateArray().Sum(group => group.GetProperty("count").GetInt32()));
            Assert.Equal(20, board[name].GetProperty("worst")[0].GetProperty("boxes").GetArrayLength());
        }

        Assert.Contains("majority per question type", File.ReadAllText(_folder.File("r.html")));
    }

    [Fact]
    public void The_table_has_the_best_first_and_wrong_options_are_told()
    {
        var run = ToolRun.Run(["compare", "--models", _folder.File("vilbert.zip"), .. Measured]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(2, run.Lines.Count);
        Assert.StartsWith("vilbert", run.Lines[1]);

        ToolRun.Run(["compare", .. Measured]).AssertFailed(2, "--models or --train-questions is needed");
        ToolRun.Run(["compare", "--models", "nothing.zip", .. Measured]).AssertFailed(1, "--models: the file 'nothing.zip' does not exist");
        ToolRun.Run(["compare", "--models", "a.zip", "b/a.zip", .. Measured]).AssertFailed(2, "two are called 'a'");
        ToolRun.Run(["compare", "--models", "a.zip", "--confidence", "1", .. Measured]).AssertFailed(2, "--confidence 1");
    }

    private string[] Measured =>
        ["--questions", Scene("val_questions.json"), "--annotations", Scene("val_annotations.json"), "--images", Scene("images")];

    private string Scene(string name) => _folder.File("scenes/" + name);
}

internal static class Whitespace
{
    public static string ReplaceWhitespace(this string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
}
