using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

public sealed class TrainAndScoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Trains_a_model_that_answers_about_new_pictures()
    {
        var data = _folder.File("train");
        ColourQuestions.WriteEasyVqa(data, 30);
        var model = _folder.File("m.zip");
        var trained = ToolRun.Run(Train(data, model, "--epochs", "30", "--held-out", "0.2", "--json")).Json();
        Assert.Equal(12, trained.GetProperty("heldOutQuestions").GetInt32());
        Assert.Equal(6, trained.GetProperty("heldOutImages").GetInt32());
        Assert.Equal(1, trained.GetProperty("accuracy").GetDouble(), 6);
        Assert.InRange(trained.GetProperty("baseline").GetDouble(), 0.1, 0.6);
        Assert.True(File.Exists(model));
        Assert.False(Directory.Exists(model + ".checkpoint"));

        var picture = _folder.File("new.png");
        ColourQuestions.WriteImage(picture, ColourQuestions.Colours["blue"], seed: 99);
        string[] one = ["score", "--model", model, "--image", picture, "--question", "what color is the picture?"];
        var best = ToolRun.Run([.. one, "--top", "2", "--json"]).Json().GetProperty("answers");
        Assert.Equal(2, best.GetArrayLength());
        Assert.Equal("blue", best[0].GetProperty("answer").GetString());
        Assert.InRange(best[0].GetProperty("probability").GetDouble(), 0.5, 1);
        Assert.Matches("^blue +0\\.[0-9]{4}$", ToolRun.Run(one).Lines[0]);

        var results = _folder.File("r.json");
        var scored = ToolRun.Run("score", "--model", model, "--layout", "easy-vqa", data, "--output", results);
        Assert.Equal("", scored.Output);
        var ofResults = ToolRun.Run("evaluate", "vqa", "--layout", "easy-vqa", data, "--results", results).Json();
        var ofModel = ToolRun.Run("evaluate", "vqa", "--layout", "easy-vqa", data, "--model", model).Json();
        Assert.Equal(100, ofResults.GetProperty("overall").GetDouble());
        Assert.Equal(ofResults.ToString(), ofModel.ToString());

        var inspected = ToolRun.Run("inspect", model, "--json").Json();
        Assert.Equal("model", inspected.GetProperty("kind").GetString());
        Assert.Equal(5, inspected.GetProperty("answers").GetInt32());
        var inputs = inspected.GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("name").GetString()!);
        Assert.Equal(["ImagePath", "Question"], inputs);

        var half = _folder.Write("half.zip", File.ReadAllBytes(model).AsSpan(0, (int)new FileInfo(model).Length / 2));
        ToolRun.Run("inspect", half).AssertFailed(1, "half.zip");
        ToolRun.Run([.. one[..2], half, .. one[3..]]).AssertFailed(1, "half.zip");
        var broken = _folder.Write("broken.png", File.ReadAllBytes(picture).AsSpan(0, 40));
        ToolRun.Run([.. one[..4], broken, .. one[5..]]).AssertFailed(1, "broken.png");
        ToolRun.Run([.. one, "--features", "f.tsv", "--image-id", "1"]).AssertFailed(2, "--features");

        // A question that is too long is cut and counted, or refused.
        string[] tooLong = [.. one[..6], string.Concat(Enumerable.Repeat("what ", 100))];
        var cut = ToolRun.Run(tooLong);
        Assert.True(cut.Code == 0, cut.Error);
        Assert.Matches("^vl: 1 text has more than [0-9]+ tokens; .* has 102: \"what what", cut.Error);
        ToolRun.Run([.. tooLong, "--strict"]).AssertFailed(1, "--strict", "102");
        Assert.Equal("", ToolRun.Run([.. one, "--strict"]).Error);
        var questions = Path.Combine(data, "questions.json");
        var written = File.ReadAllText(questions);
        File.WriteAllText(questions, written.Replace("is the picture red?\",\"no\",1]", tooLong[^1] + "\",\"no\",1]", StringComparison.Ordinal));
        var some = ToolRun.Run("score", "--model", model, "--layout", "easy-vqa", data, "--output", results);
        Assert.True(some.Code == 0, some.Error);

        Assert.Matches("^vl: 1 text has more than", some.Error);
        File.Delete(results);
        ToolRun.Run("score", "--model", model, "--layout", "easy-vqa", data, "--output", results, "--strict").AssertFailed(1, "--strict", "question 3");
        Assert.False(File.Exists(results));
        ToolRun.Run([.. Train(data, model), "--strict"]).AssertFailed(1, "--strict", "question 3");
        ToolRun.Run([.. Train(data, model), "--patience", "2"]).AssertFailed(2, "--patience", "--validation-fraction");
    }

    [Fact]
    public void An_interrupted_run_leaves_a_checkpoint_and_goes_on_from_it()
    {
        var data = _folder.File("train");
        ColourQuestions.WriteEasyVqa(data, 12);
        var model = _folder.File("m.zip");
        string[] train = Train(data, model, "--epochs", "6", "--held-out", "0");
        using var interrupt = new CancellationTokenSource();
        var stopped = ToolRun.Run(new InterruptingWriter("epoch 2/6", interrupt), interrupt.Token, train);
        Assert.True(stopped.Code == 130, stopped.Error);
        Assert.EndsWith("vl: interrupted\n", stopped.Error);
        Assert.True(File.Exists(Path.Combine(model + ".checkpoint", "last.safetensors")));
        Assert.False(File.Exists(model));

        var resumed = ToolRun.Run(train);
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.DoesNotContain("epoch 1/6", resumed.Error);
        Assert.Contains("epoch 6/6", resumed.Error);
        Assert.False(Directory.Exists(model + ".checkpoint"));

        var whole = _folder.File("whole.zip");
        Assert.Equal(0, ToolRun.Run(Train(data, whole, "--epochs", "6", "--held-out", "0")).Code);
        Assert.Equal(Answers(whole, data), Answers(model, data));
    }

    [Fact]
    public void Trains_on_region_features_that_stay_out_of_the_model()
    {
        var rows = Enumerable.Range(1, 6).Select(i => Regions.FeatureFile.Row(
            $"COCO_train2014_{i:D12}", 100, 50, [0, 0, 40, 40, 10, 5, 100, 50], [.. Enumerable.Repeat(i % 2 == 0 ? 1f : 0f, 2 * 8)]));
        var features = _folder.File("f.tsv");
        File.WriteAllLines(features, rows);
        var questions = string.Join(',', Enumerable.Range(1, 6).Select(i => $$"""{"question_id": {{i}}, "image_id": {{i}}, "question": "is it on?"}"""));
        var annotations = string.Join(',', Enumerable.Range(1, 6).Select(i =>
        {
            var answers = string.Join(',', Enumerable.Repeat($$"""{"answer": "{{(i % 2 == 0 ? "yes" : "no")}}"}""", 10));
            return $$"""{"question_id": {{i}}, "image_id": {{i}}, "question_type": "is it", "answer_type": "yes/no", "answers": [{{answers}}]}""";
        }));
        File.WriteAllText(_folder.File("q.json"), $$"""{"data_subtype": "train2014", "questions": [{{questions}}]}""");
        File.WriteAllText(_folder.File("a.json"), $$"""{"annotations": [{{annotations}}]}""");
        string[] data = ["--questions", _folder.File("q.json"), "--annotations", _folder.File("a.json"), "--features", features];

        var model = _folder.File("m.zip");
        var trained = ToolRun.Run(["train", "vqa", .. data, "--output", model, "--epochs", "40", "--learning-rate", "1e-3", "--batch-size", "2"]);
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Equal(100, ToolRun.Run(["evaluate", "vqa", .. data, "--model", model]).Json().GetProperty("overall").GetDouble());

        var other = _folder.File("other.tsv");
        File.WriteAllText(other, Regions.FeatureFile.Row("elsewhere", 100, 50, [0, 0, 40, 40], [.. Enumerable.Repeat(1f, 8)]) + "\n");
        string[] one = ["score", "--model", model, "--question", "is it on?", "--top", "1"];
        Assert.StartsWith("yes", ToolRun.Run([.. one, "--features", other, "--image-id", "elsewhere"]).Output);
        ToolRun.Run([.. one, "--features", other, "--image-id", "nowhere"]).AssertFailed(1, "nowhere", "other.tsv");
        ColourQuestions.WriteImage(_folder.File("i.png"), [1, 2, 3], seed: 1);
        ToolRun.Run([.. one, "--image", _folder.File("i.png")]).AssertFailed(2, "--features");
    }

    private static string[] Train(string data, string model, params string[] more) =>
    [
        "train", "vqa", "--layout", "easy-vqa", data, "--output", model, "--grid", "2", "--cell-size", "4", "--batch-size", "8",
        "--device", "cpu", .. more,
    ];

    private string Answers(string model, string data)
    {
        var results = _folder.File(Path.GetFileNameWithoutExtension(model) + ".json");
        Assert.Equal(0, ToolRun.Run("score", "--model", model, "--layout", "easy-vqa", data, "--output", results).Code);
        return File.ReadAllText(results);
    }
}
