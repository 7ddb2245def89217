using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>Questions of GQA, Visual Genome and GuessWhat on the command line.</summary>
public sealed class DatasetAnsweringTests : IDisposable
{
    private const int Pictures = 40;

    private static readonly string[] Training =
    [
        "--device", "cpu", "--threads", "1", "--grid", "2", "--cell-size", "4", "--learning-rate", "0.002", "--batch-size", "16",
        "--epochs", "40", "--held-out", "0.2", "--json",
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _colours = [.. Enumerable.Range(0, Pictures).Select(i => ColourQuestions.Colours.Keys.ElementAt(i * 7 / 3 % 3))];

    public DatasetAnsweringTests()
    {
        Directory.CreateDirectory(Images);
        for (var i = 0; i < Pictures; i++)
            ColourQuestions.WriteImage(Path.Combine(Images, $"{i}.png"), ColourQuestions.Colours[_colours[i]], seed: i);
    }

    private string Model => _folder.File("m.zip");

    private string Images => _folder.File("images");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Gqa_has_its_metrics_and_its_results_file()
    {
        var data = Write("questions.json", Enumerable.Range(0, 2 * Pictures).ToDictionary(i => $"q{i}", i => new
        {
            imageId = $"{i / 2}",
            question = i % 2 == 0 ? "What color is it?" : "Is it red?",
            answer = i % 2 == 0 ? _colours[i / 2] : _colours[i / 2] == "red" ? "yes" : "no",
            types = new { structural = i % 2 == 0 ? "query" : "verify", semantic = "attr" },
        }));
        string[] files = ["--data", data, "--images", Images];
        Assert.InRange(Run(["train", "gqa", .. files, "--output", Model, .. Training]).Json().GetProperty("accuracy").GetDouble(), 0.8, 1);
        var results = _folder.File("results.json");
        Run(["score", "gqa", .. files, "--model", Model, "--output", results]);
        var joined = _folder.File("joined.json");
        for (var i = 0; i < 3; i++) Run(["score", "gqa", .. files, "--model", Model, "--output", joined, "--shard", $"{i}/3"]);
        Assert.Contains("shard 1/3 is in", Run(["score", "gqa", .. files, "--model", Model, "--output", joined, "--shard", "1/3"]).Error);
        Run(["merge", "--output", joined]);
        Assert.Equal(File.ReadAllText(results), File.ReadAllText(joined));
        File.AppendAllText(_folder.File("joined.2-of-3.json"), "\n");
        ToolRun.Run("merge", "--output", joined).AssertFailed(1, "joined.2-of-3.json", "not there as it was written");
        var first = JsonDocument.Parse(File.ReadAllText(results)).RootElement[0];
        Assert.Equal(["questionId", "prediction"], first.EnumerateObject().Select(member => member.Name));
        var metrics = Run(["evaluate", "gqa", "--data", data, "--results", results]).Json();
        Assert.Equal(metrics.ToString(), Run(["evaluate", "gqa", .. files, "--model", Model]).Json().ToString());
        Assert.Equal(2 * Pictures, metrics.GetProperty("count").GetInt32());
        Assert.InRange(metrics.GetProperty("binary").GetDouble(), 0.8, 1);
        Assert.InRange(metrics.GetProperty("open").GetDouble(), 0.8, 1);
        Assert.Equal(Pictures, metrics.GetProperty("perStructuralType").GetProperty("query").GetProperty("count").GetInt32());
        Assert.Matches("^(yes|no|red|green|blue) +[01]", Run("score", "gqa", "--model", Model, "--image", Path.Combine(Images, "0.png"), "--question", "Is it red?").Lines[0]);
    }

    [Fact]
    public void Visual_genome_asks_of_every_image()
    {
        var data = Write("question_answers.json", Enumerable.Range(0, Pictures).Select(i => new
        {
            id = i,
            qas = new[] { new { qa_id = 100 + i, question = "What color is it?", answer = char.ToUpperInvariant(_colours[i][0]) + _colours[i][1..] + "." } },
        }));
        string[] files = ["--data", data, "--images", Images];
        Assert.InRange(Run(["train", "genome-qa", .. files, "--output", Model, .. Training]).Json().GetProperty("accuracy").GetDouble(), 0.8, 1);
        var results = _folder.File("results.jsonl");
        Run(["score", "genome-qa", .. files, "--model", Model, "--output", results]);
        var metrics = Run(["evaluate", "genome-qa", "--data", data, "--results", results]).Json();
        Assert.Equal(metrics.ToString(), Run(["evaluate", "genome-qa", .. files, "--model", Model]).Json().ToString());
        Assert.Equal(["accuracy", "count"], metrics.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public void Guess_what_is_answered_with_yes_no_or_neither()
    {
        var data = _folder.File("guesswhat.train.jsonl");
        File.WriteAllLines(data, Enumerable.Range(0, Pictures).Select(i => JsonSerializer.Serialize(new
        {
            id = i,
            image = new { id = i, file_name = $"{i}.png" },
            object_id = 1,
            objects = new[] { new { id = 1, category = "picture", bbox = new[] { 0, 0, 16, 16 } } },
            qas = new[]
            {
                new { id = 2 * i, question = "Is it red?", answer = _colours[i] == "red" ? "Yes" : "No" },
                new { id = (2 * i) + 1, question = "Is it warm?", answer = "N/A" },
            },
        })));
        string[] files = ["--data", data, "--images", Images];
        Assert.InRange(Run(["train", "guesswhat", .. files, "--output", Model, .. Training]).Json().GetProperty("accuracy").GetDouble(), 0.8, 1);
        var confusion = Run(["evaluate", "guesswhat", .. files, "--model", Model]).Json().GetProperty("confusion");
        Assert.Equal(["n/a", "no", "yes"], confusion.EnumerateObject().Select(row => row.Name));
        Assert.Equal("guesswhat", Run("inspect", Model, "--json").Json().GetProperty("task").GetString());
        ToolRun.Run("score", "snli-ve", "--model", Model, "--image", Path.Combine(Images, "0.png"), "--text", "red").AssertFailed(1, "It is a model of 'guesswhat'");
    }

    private string Write<T>(string name, T content)
    {
        File.WriteAllText(_folder.File(name), JsonSerializer.Serialize(content));
        return _folder.File(name);
    }

    private static ToolRun Run(params string[] args)
    {
        var run = ToolRun.Run(args);
        Assert.True(run.Code == 0, run.Error);
        return run;
    }
}
