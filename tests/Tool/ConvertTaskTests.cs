using System.Text.Json;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>Every task's model from a small checkpoint of ViLBERT's reference, and what it says of a row.</summary>
public sealed class ConvertTaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly GoldenCase _case = new(TestData.Golden("vilbert", "vltasks-mul-a"));

    public void Dispose()
    {
        _case.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("vqa", "--question", "answers")]
    [InlineData("gqa", "--question", "scores")]
    [InlineData("genome-qa", "--question", "scores")]
    [InlineData("snli-ve", "--text", "scores")]
    [InlineData("guesswhat", "--question", "scores")]
    [InlineData("nlvr2", "--statement", "scores")]
    [InlineData("vcr", "--question", "scores")]
    [InlineData("vcr-rationale", "--question", "scores")]
    [InlineData("refcoco", "--text", "boxes")]
    [InlineData("flickr30k-entities", "--text", "boxes")]
    [InlineData("visual7w", "--question", "boxes")]
    [InlineData("guesswhat-pointing", "--question", "boxes")]
    [InlineData("retrieval", "--caption", "scores")]
    public void A_checkpoint_becomes_a_model_that_scores(string task, string text, string told)
    {
        string[] answers = task is "vqa" or "genome-qa" ? ["--answers", Answers("vil_prediction")] : task == "gqa" ? ["--answers", Answers("vil_prediction_gqa")] : [];
        var converted = ToolRun.Run(
            ["convert", task, "--checkpoint", _case.FilePath("weights.safetensors"), "--task-number", "3", .. Files(), .. answers, "--output", _folder.File("m.zip")]);
        Assert.True(converted.Code == 0, converted.Error);
        Assert.Contains(" 0 missing, 0 unexpected, 0 of another shape", converted.Error);

        WriteFeatures();
        string[] images = task == "nlvr2" ? ["--image-id", "one", "two"] : ["--image-id", "one"];
        string[] choices = task.StartsWith("vcr", StringComparison.Ordinal) ? ["--choices", "w5", "w6", "w7", "w8"] : [];
        string[] candidates = task is "visual7w" or "guesswhat-pointing" ? ["--boxes", "10", "5", "100", "50", "0", "0", "40", "40"] : [];
        var run = ToolRun.Run(
            ["score", task, "--model", _folder.File("m.zip"), "--features", _folder.File("f.tsv"), .. images, text, "w7 w8 ?", .. choices, .. candidates, "--json"]);
        var found = run.Json().GetProperty(told);
        if (told == "boxes")
        {
            var byPlace = found.EnumerateArray().OrderBy(box => box.GetProperty("region").GetInt32()).Select(box => box.GetProperty("box").ToString());
            Assert.Equal(candidates.Length > 0 ? ["[10,5,100,50]", "[0,0,40,40]"] : ["[0,0,40,40]", "[10,5,100,50]"], byPlace);
        }
        else
        {
            var count = told == "answers" ? found.GetArrayLength() : found.EnumerateObject().Count();
            Assert.Equal(task switch { "nlvr2" => 2, "snli-ve" or "guesswhat" => 3, "vcr" or "vcr-rationale" => 4, "retrieval" => 1, _ => 5 }, count);
        }
    }

    /// <summary>The head of pre-training tells whether a text and an image belong together; retrieval without fine-tuning ranks by it.</summary>
    [Fact]
    public void A_pre_trained_checkpoint_tells_of_pairs_and_searches()
    {
        string[] files = ["--checkpoint", _case.FilePath("weights.safetensors"), .. Files(), "--output", _folder.File("m.zip")];
        WriteFeatures();
        string[] pair = ["--model", _folder.File("m.zip"), "--features", _folder.File("f.tsv"), "--image-id", "one"];

        var converted = ToolRun.Run(["convert", "pretraining", .. files]);
        Assert.True(converted.Code == 0, converted.Error);
        Assert.Contains(" 0 missing, 0 unexpected, 0 of another shape", converted.Error);
        Assert.Equal("pretraining", ToolRun.Run("inspect", _folder.File("m.zip"), "--json").Json().GetProperty("task").GetString());
        var told = ToolRun.Run(["score", "pretraining", .. pair, "--text", "w7 w8 ?", "--json"]).Json();
        var probability = told.GetProperty("probability").GetDouble();
        Assert.Equal(probability > 0.5, told.GetProperty("belongs").GetBoolean());

        Assert.Equal(0, ToolRun.Run(["convert", "retrieval", "--zero-shot", .. files]).Code);
        var score = ToolRun.Run(["score", "retrieval", .. pair, "--caption", "w7 w8 ?", "--json"]).Json().GetProperty("scores");
        Assert.Equal(probability, score.GetProperty("one").GetDouble(), 1e-6);

        // The head that fine-tuning trains for retrieval is another.
        Assert.Equal(0, ToolRun.Run(["convert", "retrieval", .. files]).Code);
        var tuned = ToolRun.Run(["score", "retrieval", .. pair, "--caption", "w7 w8 ?", "--json"]).Json().GetProperty("scores");
        Assert.NotEqual(probability, tuned.GetProperty("one").GetDouble(), 1e-3);
    }

    [Theory]
    [InlineData("vcr", 5)]
    [InlineData("vcr-rationale", 6)]
    [InlineData("guesswhat", 14)]
    [InlineData("snli-ve", 13)]
    [InlineData("refcoco", 9)]
    [InlineData("visual7w", 4)]
    [InlineData("guesswhat-pointing", 17)]
    [InlineData("flickr30k-entities", 18)]
    [InlineData("nlvr2", 12)]
    public void A_model_with_task_tokens_is_told_its_tasks_number(string task, int number)
    {
        // Weights of a model whose tasks' tokens tell them apart.
        var model = Questions.Model with { TaskTokens = true, VocabularySize = 30 };
        var weights = _folder.File("w.safetensors");
        var random = new Random(1);
        SafeTensors.Write(weights, ShapedInputs.List(
            model, engine => model.BuildPublishedHeads(engine, model.Build(engine, ShapedInputs.Of(model)), _ => 3)).Select(parameter => new NamedTensor(
            parameter.Name, parameter.Shape, [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => (random.NextSingle() - 0.5f) / 2)])));
        File.WriteAllText(_folder.File("config.json"), model.ToJson());
        File.WriteAllLines(_folder.File("vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(5, 25).Select(i => $"w{i}")]);
        Assert.NotEqual(Score(number + 1), Score(number));
        Assert.Equal(Score(number), Score(null));

        string Score(int? told)
        {
            string[] option = told is null ? [] : ["--task-number", $"{told}"];
            var converted = ToolRun.Run(
            [
                "convert", task, "--checkpoint", weights, "--config", _folder.File("config.json"), "--vocabulary", _folder.File("vocab.txt"),
                "--output", _folder.File("m.zip"), .. option,
            ]);
            Assert.True(converted.Code == 0, converted.Error);
            File.WriteAllText(
                _folder.File("f.tsv"), FeatureFile.Row("one", 100, 50, [0, 0, 40, 40, 10, 5, 100, 50], [.. Enumerable.Range(0, 2 * Questions.FeatureSize).Select(i => i / 9f)]) + "\n");
            string[] images = task == "nlvr2" ? ["one", "one"] : ["one"];
            string[] choices = task.StartsWith("vcr", StringComparison.Ordinal) ? ["--choices", "w5", "w6", "w7", "w8"] : [];
            string[] candidates = task is "visual7w" or "guesswhat-pointing" ? ["--boxes", "10", "5", "100", "50", "0", "0", "40", "40"] : [];
            var text = task switch { "nlvr2" => "--statement", "snli-ve" or "refcoco" or "flickr30k-entities" => "--text", _ => "--question" };
            return ToolRun.Run(
                ["score", task, "--model", _folder.File("m.zip"), "--features", _folder.File("f.tsv"), "--image-id", .. images, text, "w7", .. choices, .. candidates, "--json"]).Json().ToString();
        }
    }

    private void WriteFeatures()
    {
        var random = new Random(3);
        var size = _case.Config.GetProperty("v_feature_size").GetInt32();
        float[] boxes = [0, 0, 40, 40, 10, 5, 100, 50];
        File.WriteAllLines(_folder.File("f.tsv"), new[] { "one", "two" }.Select(name =>
            FeatureFile.Row(name, 100, 50, boxes, [.. Enumerable.Range(0, 2 * size).Select(_ => random.NextSingle())])));
    }

    private string[] Files()
    {
        File.WriteAllText(_folder.File("config.json"), _case.Config.GetRawText());
        var words = Enumerable.Range(5, _case.Config.GetProperty("vocab_size").GetInt32() - 5).Select(i => $"w{i}");
        File.WriteAllLines(_folder.File("vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. words]);
        return ["--config", _folder.File("config.json"), "--vocabulary", _folder.File("vocab.txt")];
    }

    private string Answers(string classifier)
    {
        using var checkpoint = Checkpoint.Open(_case.FilePath("weights.safetensors"));
        var path = _folder.File("answers.json");
        File.WriteAllText(path, JsonSerializer.Serialize(Enumerable.Range(0, (int)checkpoint[classifier + ".logit_fc.3.bias"].Count).Select(i => $"answer {i}")));
        return path;
    }
}
