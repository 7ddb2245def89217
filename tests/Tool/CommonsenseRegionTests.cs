using System.Text.Json;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>VCR with an image's objects for regions, and words that say which of them they name.</summary>
public sealed class CommonsenseRegionTests : IDisposable
{
    private const int Pictures = 6;

    private readonly TemporaryFolder _folder = new();

    public CommonsenseRegionTests()
    {
        Directory.CreateDirectory(Images);
        string[] colours = [.. ColourQuestions.Colours.Keys];
        for (var i = 0; i < Pictures; i++)
        {
            ColourQuestions.WriteImage(Path.Combine(Images, $"{i}.png"), ColourQuestions.Colours[colours[i % 3]], seed: i);
            File.WriteAllText(Path.Combine(Images, $"{i}.json"), JsonSerializer.Serialize(new
            {
                width = 16,
                height = 16,
                boxes = new[] { new[] { 0, 0, 6, 16, 0.9 }, [8, 2, 16, 12, 0.8] },
            }));
        }

        Write(answer: i => i % 2);
    }

    private string Images => _folder.File("images");

    private string Data => _folder.File("train.jsonl");

    private string Model => _folder.File("m.zip");

    private string[] Files => ["--data", Data, "--images", Images, "--metadata", Images];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("vcr")]
    [InlineData("vcr-rationale")]
    public void Objects_are_the_regions_and_their_numbers_reach_vl_bert(string task)
    {
        // An answered question has the right answer in it.
        if (task == "vcr-rationale") Write(answer: _ => 0);
        Train(task, [.. Files, "--joining-word", "and", "--object-tags"]);
        var inputs = ToolRun.Run("inspect", Model, "--json").Json().GetProperty("inputs").ToString();
        Assert.Contains("ObjectBoxes", inputs);
        Assert.Contains(task == "vcr" ? "QuestionTags" : "AnsweredQuestionTags", inputs);
        var told = Scores(task, [.. Files, "--joining-word", "and"]);
        Assert.InRange(Distance(told["a0"], told["a1"]), 5e-6, 1);

        // A word that names no object is about the whole image.
        string[] one = ["score", task, "--model", Model, "--image", Path.Combine(Images, "0.png"), "--question", "where is ball", "--choices", "a", "b", "c", "d"];
        Assert.Equal(0, ToolRun.Run([.. one, "--boxes", "0", "0", "6", "16"]).Code);
        ToolRun.Run(one).AssertFailed(2, "--metadata is needed, or --boxes");
        ToolRun.Run([.. one, "--boxes", "0", "0", "6"]).AssertFailed(2, "--boxes: four numbers a box are needed, found 3");
        ToolRun.Run(["score", task, "--model", Model, .. Files[..4], "--output", _folder.File("r.jsonl")]).AssertFailed(2, "--metadata is needed");

        Train(task, Files);
        var untold = Scores(task, Files);
        Assert.InRange(Distance(untold["a0"], untold["a1"]), 0, 5e-7);
    }

    [Fact]
    public void Features_of_files_are_those_of_the_objects()
    {
        var random = new Random(1);
        File.WriteAllLines(_folder.File("f.tsv"), Enumerable.Range(0, Pictures).Select(i => FeatureFile.Row(
            $"{i}", 16, 16, [8, 1, 16, 12, 0, 0, 6, 15, 1, 1, 2, 2], [.. Enumerable.Range(0, 3 * Questions.FeatureSize).Select(_ => random.NextSingle())])));
        string[] files = ["--data", Data, "--features", _folder.File("f.tsv"), "--metadata", Images];
        Train("vcr", [.. files, "--object-tags"]);
        var told = Scores("vcr", files);
        Assert.InRange(Distance(told["a0"], told["a1"]), 5e-6, 1);
        ToolRun.Run(["score", "vcr", "--model", Model, .. files[..4], "--output", _folder.File("r.jsonl")]).AssertFailed(2, "--metadata is needed");
    }

    [Fact]
    public void What_does_not_fit_is_told()
    {
        string[] train = ["train", "vcr", "--output", Model, "--epochs", "1", "--device", "cpu", "--cell-size", "4"];
        ToolRun.Run([.. train, .. Files[..4], "--object-tags"]).AssertFailed(2, "--object-tags needs --metadata");
        ToolRun.Run([.. train, .. Files, "--object-tags"]).AssertLastLine(2, "--object-tags: ViLBERT is not told which objects its tokens are about");
        ToolRun.Run([.. train, .. Files[..4], "--metadata", _folder.File("none")]).AssertFailed(1, "none' does not exist");
        File.WriteAllText(Path.Combine(Images, "3.json"), "");
        ToolRun.Run([.. train, .. Files]).AssertFailed(1, "line 7", "3.json' is empty; a JSON object with 'boxes' is expected");
    }

    /// <summary>Two questions on each picture, which are the same but for the ball that they mean.</summary>
    private void Write(Func<int, int> answer) => File.WriteAllLines(Data, Enumerable.Range(0, 2 * Pictures).Select(i => JsonSerializer.Serialize(new
    {
        annot_id = $"a{i}",
        img_id = $"{i / 2}",
        img_fn = $"{i / 2}.png",
        metadata_fn = $"{i / 2}.json",
        objects = new[] { "ball", "ball" },
        question = new object[] { "where", "is", new[] { i % 2 } },
        answer_choices = Enumerable.Range(0, 4).Select(k => new object[] { new[] { 0, 1 }, k }.Select(part => part is int number ? $"place{number}" : part)),
        answer_label = answer(i),
        rationale_choices = Enumerable.Range(0, 4).Select(k => new[] { "because", $"of{k}" }),
        rationale_label = i % 2,
    })));

    private void Train(string task, string[] files)
    {
        var config = _folder.File("vlbert.json");
        var model = (VlBertConfig)Questions.ModelOf("vlbert");

        // With the reference's small weights a word says little of its object before much is learnt.
        File.WriteAllText(config, (model with { InitializerRange = 0.3, MaxPositions = 24 }).ToJson());
        var run = ToolRun.Run(
        [
            "train", task, .. files, "--output", Model, "--model", config, "--kind", "vlbert", "--epochs", "30", "--batch-size", "4", "--learning-rate", "1e-2",
            "--optimizer", "RAdam", "--schedule", "WarmupConstant", "--device", "cpu", "--threads", "1", "--cell-size", "4",
        ]);
        Assert.True(run.Code == 0, run.Error);
    }

    private Dictionary<string, double[]> Scores(string task, string[] files)
    {
        var results = _folder.File("r.jsonl");
        var run = ToolRun.Run(["score", task, "--model", Model, .. files, "--output", results]);
        Assert.True(run.Code == 0, run.Error);
        return File.ReadLines(results).Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(
            row => row.GetProperty("id").GetString()!,
            row => row.GetProperty("scores").EnumerateObject().OrderBy(score => score.Name).Select(score => score.Value.GetDouble()).ToArray());
    }

    private static double Distance(double[] first, double[] second) => first.Zip(second, (a, b) => Math.Abs(a - b)).Max();
}
