using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>From captions to a model that answers questions, on the command line.</summary>
public sealed class PretrainingCommandTests : IDisposable
{
    private const int Pictures = 40;

    private static readonly string[] Training =
        ["--device", "cpu", "--threads", "1", "--batch-size", "16", "--held-out", "0.2", "--json"];

    private static readonly string[] Small = ["--grid", "2", "--cell-size", "4"];

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _colours = [.. Enumerable.Range(0, Pictures).Select(i => ColourQuestions.Colours.Keys.ElementAt(i * 7 / 3 % 3))];

    public PretrainingCommandTests()
    {
        Directory.CreateDirectory(Images);
        for (var i = 0; i < Pictures; i++)
            ColourQuestions.WriteImage(Path.Combine(Images, $"{i}.png"), ColourQuestions.Colours[_colours[i]], seed: i);
        Write("captions.json", new
        {
            images = Enumerable.Range(0, Pictures).Select(i => new { id = i, file_name = $"{i}.png" }),
            annotations = Enumerable.Range(0, 2 * Pictures).Select(i => new
            {
                id = i,
                image_id = i / 2,
                caption = i % 2 == 0 ? $"a picture that is {_colours[i / 2]}" : $"{_colours[i / 2]} all over",
            }),
        });
        Write("questions.json", new
        {
            questions = Enumerable.Range(0, Pictures).Select(i => new { question_id = i, image_id = i, question = "what color is the picture?" }),
        });
        Write("annotations.json", new
        {
            annotations = Enumerable.Range(0, Pictures).Select(i => new
            {
                question_id = i,
                image_id = i,
                multiple_choice_answer = _colours[i],
                answers = new[] { new { answer = _colours[i] }, new { answer = _colours[i] }, new { answer = _colours[i] } },
            }),
        });
    }

    private string Images => _folder.File("images");

    private string[] Captions => ["--data", _folder.File("captions.json"), "--images", Images];

    private string[] Questions =>
        ["--questions", _folder.File("questions.json"), "--annotations", _folder.File("annotations.json"), "--images", Images];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Captions_teach_a_model_that_then_learns_to_answer()
    {
        var pretrained = _folder.File("p.zip");
        var trained = Run(
            ["train", "pretraining", .. Captions, .. Small, "--output", pretrained, "--epochs", "2", "--words", _folder.File("questions.json"), "--learning-rate", "0.002", .. Training]).Json();
        Assert.Equal(32, trained.GetProperty("heldOutQuestions").GetInt32());
        Assert.Equal(0.5, trained.GetProperty("baseline").GetDouble());
        Assert.Equal("pretraining", Run("inspect", pretrained, "--json").Json().GetProperty("task").GetString());

        var one = Run("score", "pretraining", "--model", pretrained, "--image", Path.Combine(Images, "0.png"), "--text", "a picture that is red", "--json").Json();
        Assert.Equal(one.GetProperty("probability").GetDouble() > 0.5, one.GetProperty("belongs").GetBoolean());

        var metrics = Run(["evaluate", "pretraining", .. Captions, "--model", pretrained]).Json();
        Assert.Equal(2 * Pictures, metrics.GetProperty("captions").GetInt32());
        Assert.Equal(
            metrics.GetProperty("accuracy").GetDouble(),
            (metrics.GetProperty("own").GetDouble() + metrics.GetProperty("others").GetDouble()) / 2, 1e-9);
        var results = _folder.File("results.jsonl");
        Run(["score", "pretraining", .. Captions, "--model", pretrained, "--output", results]);
        var ofResults = Run("evaluate", "pretraining", "--data", _folder.File("captions.json"), "--results", results).Json();
        Assert.Equal(metrics.GetProperty("own").GetDouble(), ofResults.GetProperty("own").GetDouble());

        // At a rate of 0 the trunk stays what it was; the questions' words are known.
        var output = _folder.File("m.zip");
        Run(["train", "vqa", .. Questions, "--init", pretrained, "--output", output, "--epochs", "1", "--learning-rate", "0", .. Training]);
        Assert.Equal(Query(pretrained), Query(output));
        var before = Run("inspect", pretrained, "--json").Json();
        var after = Run("inspect", output, "--json").Json();
        foreach (var same in new[] { "vocabulary", "hiddenSize", "regionFeatureSize" })
            Assert.Equal(before.GetProperty(same).ToString(), after.GetProperty(same).ToString());

        foreach (var option in new[] { "--model", "--grid", "--vocabulary" })
        {
            ToolRun.Run(["train", "vqa", .. Questions, "--init", pretrained, "--output", output, option, option == "--grid" ? "3" : "tiny"])
                .AssertFailed(2, "--init", $"and {option} exclude each other");
        }
    }

    [Fact]
    public void Every_form_of_captions_is_read_and_the_options_are_heard()
    {
        File.WriteAllLines(_folder.File("results.token"), Enumerable.Range(0, 6).Select(i => $"{i}.png#0\ta {_colours[i]} picture"));
        File.WriteAllLines(_folder.File("captions.tsv"), Enumerable.Range(0, 6).Select(i => $"a {_colours[i]} picture\thttp://example/{i}"));
        File.Copy(_folder.File("results.token"), _folder.File("captions"));
        string[] quick = ["--images", Images, "--output", _folder.File("m.zip"), "--epochs", "1", "--device", "cpu", .. Small];
        foreach (var form in new[] { new[] { "results.token" }, ["captions.tsv"], ["captions", "--format", "flickr30k"] })
        {
            var run = Run(["train", "pretraining", "--data", _folder.File(form[0]), .. form[1..], .. quick]);
            Assert.Contains("6 captions to train on", run.Error);
        }

        ToolRun.Run(["train", "pretraining", "--data", _folder.File("captions"), .. quick]).AssertFailed(2, "--format");
        Run(["train", "pretraining", .. Captions[..2], .. quick, "--region-target", "contrast", "--negative-regions", "8", "--pairs-only", "--region-loss-weight", "0.5"]);
        Run(["train", "pretraining", .. Captions[..2], .. quick, "--keep-captions"]);
        var refused = ToolRun.Run(["train", "pretraining", .. Captions[..2], .. quick, "--negative-regions", "2"]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("vl: --negative-regions", refused.Error);
        ToolRun.Run(["train", "pretraining", .. Captions[..2], .. quick, "--words", _folder.File("nothing")]).AssertFailed(1, "--words", "nothing");
    }

    /// <summary>A parameter of a saved model's trunk.</summary>
    private float[] Query(string zip)
    {
        var model = new MLContext().VisionLanguage().Load(zip);
        using var disposed = (IDisposable)model;
        var weights = _folder.File("weights.safetensors");
        ((IEnumerable<ITransformer>)model).OfType<TaskTransformer>().Single().SaveWeights(weights);
        using var checkpoint = Checkpoint.Open(weights);
        return checkpoint["bert.encoder.layer.0.attention.self.query.weight"].ToSingles();
    }

    private void Write<T>(string name, T content) => File.WriteAllText(_folder.File(name), JsonSerializer.Serialize(content));

    private static ToolRun Run(params string[] args)
    {
        var run = ToolRun.Run(args);
        Assert.True(run.Code == 0, run.Error);
        return run;
    }
}
