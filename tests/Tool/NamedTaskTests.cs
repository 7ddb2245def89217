using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>Entailment, reasoning and multiple choice on the command line, on small data sets in the layouts of SNLI-VE, NLVR2 and VCR.</summary>
public sealed class NamedTaskTests : IDisposable
{
    private const int Pictures = 40;

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _colours = [.. Enumerable.Range(0, Pictures).Select(i => ColourQuestions.Colours.Keys.ElementAt(i * 7 / 3 % 3))];

    private string Model => _folder.File("m.zip");

    private string Images => _folder.File("images");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Entailment_is_trained_scored_evaluated_and_inspected()
    {
        for (var i = 0; i < Pictures; i++) WriteImage($"{i}.png", _colours[i]);
        var data = Lines(Enumerable.Range(0, 3 * Pictures).Select(i => new
        {
            Flickr30K_ID = $"{i / 3}",
            pairID = $"p{i}",
            sentence1 = "a picture",
            sentence2 = (i % 3) switch { 0 => "this is red", 1 => "this is not red", _ => "maybe it is warm" },
            gold_label = i % 3 == 2 ? "neutral" : _colours[i / 3] == "red" == (i % 3 == 0) ? "entailment" : "contradiction",
        }));
        var trained = Train("snli-ve", data, "60");
        Assert.InRange(trained.GetProperty("accuracy").GetDouble(), 0.9, 1);
        Assert.InRange(trained.GetProperty("baseline").GetDouble(), 0.2, 0.6);

        WriteImage("new.png", "red");
        var one = ToolRun.Run("score", "snli-ve", "--model", Model, "--image", Path.Combine(Images, "new.png"), "--text", "this is red");
        Assert.Matches("^entailment +[01]\\.[0-9]{4}$", one.Lines[0]);
        AssertSameMetrics("snli-ve", data, 3 * Pictures, 0.9);
        AssertInspected("snli-ve", 3, "ImagePath", "Hypothesis");
    }

    [Fact]
    public void Reasoning_is_about_two_images()
    {
        for (var i = 0; i < Pictures; i++)
        {
            WriteImage($"dev-{i}-0-img0.png", _colours[i]);
            WriteImage($"dev-{i}-0-img1.png", _colours[(i + 5) % Pictures]);
        }

        var data = Lines(Enumerable.Range(0, Pictures).Select(i => new
        {
            identifier = $"dev-{i}-0-0",
            sentence = "the left picture is red",
            label = _colours[i] == "red" ? "True" : "False",
        }));
        Assert.InRange(Train("nlvr2", data, "60").GetProperty("accuracy").GetDouble(), 0.8, 1);

        string[] one =
        [
            "score", "nlvr2", "--model", Model, "--statement", "the left picture is red", "--image",
            Path.Combine(Images, $"dev-{Array.IndexOf(_colours, "red")}-0-img0.png"), Path.Combine(Images, "dev-1-0-img1.png"),
        ];
        Assert.Equal("True", ToolRun.Run([.. one, "--json"]).Json().GetProperty("prediction").GetString());
        ToolRun.Run(one[..^1]).AssertFailed(2, "--statement needs 2 of --image or --image-id, found 1");
        AssertSameMetrics("nlvr2", data, Pictures, 0.8);
        AssertInspected("nlvr2", 2, "LeftImagePath", "RightImagePath", "Sentence");

        var metrics = ToolRun.Run("evaluate", "nlvr2", "--model", Model, "--data", data, "--images", Images).Json();
        Assert.Equal(Pictures, metrics.GetProperty("sentences").GetInt32());
        Assert.Equal(metrics.GetProperty("accuracy").GetDouble(), metrics.GetProperty("consistency").GetDouble(), 9);
        var submission = _folder.File("submission.csv");
        ToolRun.Run("score", "nlvr2", "--model", Model, "--data", data, "--images", Images, "--output", submission);
        Assert.Equal(Pictures, File.ReadLines(submission).Count(line => line.Split(',') is [_, "True" or "False"]));
        var judged = ToolRun.Run("evaluate", "nlvr2", "--data", data, "--results", submission).Json();
        Assert.Equal(metrics.ToString(), judged.ToString());
        File.AppendAllText(submission, "x,maybe\n");
        ToolRun.Run("evaluate", "nlvr2", "--data", data, "--results", submission).AssertFailed(1, $"submission.csv:{Pictures + 1}: True or False", "'maybe'");

        // A model of one task is not taken for another's.
        ToolRun.Run("evaluate", "nlvr", "--model", Model, "--data", data, "--images", Images).AssertFailed(1);
    }

    [Theory]
    [InlineData("vcr", "Question", "Answer")]
    [InlineData("vcr-rationale", "AnsweredQuestion", "Rationale")]
    public void Multiple_choice_is_of_several_texts(string task, string first, string choice)
    {
        string[] names = [.. ColourQuestions.Colours.Keys, "warm"];
        for (var i = 0; i < Pictures; i++) WriteImage($"{i}.png", _colours[i]);
        var data = Lines(Enumerable.Range(0, Pictures).Select(i => new
        {
            annot_id = $"a{i}",
            img_id = $"{i}",
            img_fn = $"{i}.png",
            objects = new[] { "person" },
            question = new object[] { "what", "does", new[] { 0 }, "see" },
            answer_choices = Enumerable.Range(0, 4).Select(k => new[] { names[(i + k) % 4] }),
            answer_label = (Array.IndexOf(names, _colours[i]) - (i % 4) + 4) % 4,
            rationale_choices = Enumerable.Range(0, 4).Select(k => new[] { "it", "is", names[(i + k + 1) % 4] }),
            rationale_label = (Array.IndexOf(names, _colours[i]) - ((i + 1) % 4) + 4) % 4,
        }));
        Train(task, data, "2");

        string[] one = ["score", task, "--model", Model, "--image", Path.Combine(Images, "3.png"), "--question", "what does Casey see"];
        var scores = ToolRun.Run([.. one, "--choices", "red", "green", "blue", "warm", "--json"]).Json().GetProperty("scores");
        Assert.Equal(1, scores.EnumerateObject().Sum(score => score.Value.GetDouble()), 1e-4);
        ToolRun.Run([.. one, "--choices", "red", "green"]).AssertFailed(2, "--choices: 4 texts are needed, found 2");
        AssertSameMetrics(task, data, Pictures, 0);
        AssertInspected(task == "vcr" ? task : "vcr", 4, "ImagePath", first, choice + "0", choice + "1", choice + "2", choice + "3");
    }

    [Fact]
    public void Answers_and_rationales_are_measured_together()
    {
        var data = Lines(Enumerable.Range(0, 4).Select(i => new
        {
            annot_id = $"a{i}",
            img_id = $"{i}",
            img_fn = $"{i}.png",
            objects = new[] { "person" },
            question = new[] { "what" },
            answer_choices = Enumerable.Range(0, 4).Select(k => new[] { $"answer {k}" }),
            answer_label = i,
            rationale_choices = Enumerable.Range(0, 4).Select(k => new[] { $"reason {k}" }),
            rationale_label = i,
        }));
        string Results(string name, params int[] chosen)
        {
            File.WriteAllLines(_folder.File(name), chosen.Select((choice, i) => JsonSerializer.Serialize(new { id = $"a{i}", prediction = $"{choice}" })));
            return _folder.File(name);
        }

        // Right are answers 0 1 2, rationales 1 2 3, and so both of 1 and 2.
        string[] both = ["--results", Results("a.jsonl", 0, 1, 2, 0), "--rationale-results", Results("r.jsonl", 3, 1, 2, 3)];
        Assert.Equal(
            """{"answer":0.75,"rationale":0.75,"joint":0.5,"count":4}""", ToolRun.Run(["evaluate", "vcr", "--data", data, .. both]).Output.Trim());
        ToolRun.Run(["evaluate", "vcr", "--data", data, .. both[..3], Results("less.jsonl", 3, 1)]).AssertFailed(1, "question a2 has no predicted rationale");
        ToolRun.Run(["evaluate", "vcr", "--data", data, .. both[..2], "--rationale-model", "m.zip"]).AssertFailed(2, "--rationale-model goes with --model");

        for (var i = 0; i < 4; i++) WriteImage($"{i}.png", "red");
        foreach (var (task, zip) in new[] { ("vcr", "a.zip"), ("vcr-rationale", "r.zip") })
        {
            var trained = ToolRun.Run(
                "train", task, "--data", data, "--images", Images, "--output", _folder.File(zip), "--epochs", "1", "--device", "cpu", "--grid", "2", "--cell-size", "4");
            Assert.True(trained.Code == 0, trained.Error);
        }

        string[] models = ["--model", _folder.File("a.zip"), "--rationale-model", _folder.File("r.zip")];
        var joint = ToolRun.Run(["evaluate", "vcr", "--data", data, "--images", Images, .. models]).Json();
        var alone = ToolRun.Run(["evaluate", "vcr-rationale", "--data", data, "--images", Images, "--model", models[3]]).Json();
        Assert.Equal(alone.GetProperty("accuracy").GetDouble(), joint.GetProperty("rationale").GetDouble());
        Assert.InRange(joint.GetProperty("joint").GetDouble(), 0, joint.GetProperty("answer").GetDouble());
    }

    [Fact]
    public void What_does_not_fit_together_is_told()
    {
        for (var i = 0; i < 2; i++) WriteImage($"{i}.png", _colours[i]);
        var data = Lines(new[] { new { Flickr30K_ID = "0", pairID = "p", sentence2 = "red", gold_label = "neutral" } });
        ToolRun.Run("train", "snli-ve", "--output", Model).AssertFailed(2, "--data is needed");
        ToolRun.Run("train", "snli-ve", "--data", data, "--output", Model).AssertFailed(2, "--images or --features");
        File.WriteAllText(_folder.File("r.json"), """{"id":"q","prediction":"neutral"}""");
        ToolRun.Run("evaluate", "snli-ve", "--data", data, "--results", _folder.File("r.json")).AssertFailed(1, "r.json", "pair p is not predicted");
        File.WriteAllText(_folder.File("r.json"), """{"id":"p","prediction":"neutral"}""");
        Assert.Equal(1, ToolRun.Run("evaluate", "snli-ve", "--data", data, "--results", _folder.File("r.json")).Json().GetProperty("accuracy").GetDouble());
    }

    private JsonElement Train(string task, string data, string epochs) => ToolRun.Run(
        "train", task, "--data", data, "--images", Images, "--output", Model, "--epochs", epochs, "--held-out", "0.2", "--learning-rate", "0.002",
        "--batch-size", "16", "--device", "cpu", "--threads", "1", "--grid", "2", "--cell-size", "4", "--json").Json();

    /// <summary>A results file measures as the model that it is of.</summary>
    private void AssertSameMetrics(string task, string data, int count, double least)
    {
        var results = _folder.File("results.json");
        var scored = ToolRun.Run("score", task, "--model", Model, "--data", data, "--images", Images, "--output", results);
        Assert.True(scored.Code == 0, scored.Error);
        Assert.Equal(count, File.ReadAllLines(results).Length);
        var ofResults = ToolRun.Run("evaluate", task, "--data", data, "--results", results).Json();
        var ofModel = ToolRun.Run("evaluate", task, "--data", data, "--images", Images, "--model", Model).Json();
        Assert.Equal(ofResults.ToString(), ofModel.ToString());
        Assert.Equal(count, ofModel.GetProperty("count").GetInt32());
        Assert.InRange(ofModel.GetProperty("accuracy").GetDouble(), least, 1);
        Assert.Equal(
            count, ofModel.GetProperty("confusion").EnumerateObject().Sum(row => row.Value.EnumerateObject().Sum(cell => cell.Value.GetInt32())));
    }

    private void AssertInspected(string task, int names, params string[] inputs)
    {
        var inspected = ToolRun.Run("inspect", Model, "--json").Json();
        Assert.Equal(task, inspected.GetProperty("task").GetString());
        Assert.Equal(names, inspected.GetProperty(task == "vcr" ? "choices" : "labels").GetInt32());
        Assert.Equal(inputs, inspected.GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("name").GetString()!));
    }

    private void WriteImage(string name, string colour)
    {
        Directory.CreateDirectory(Images);
        ColourQuestions.WriteImage(Path.Combine(Images, name), ColourQuestions.Colours[colour], seed: name.Sum(letter => letter));
    }

    private string Lines<T>(IEnumerable<T> rows)
    {
        var path = _folder.File("train.json");
        File.WriteAllLines(path, rows.Select(row => JsonSerializer.Serialize(row)));
        return path;
    }
}
