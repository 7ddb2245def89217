using System.Text.Json;
using System.Text.Json.Nodes;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>LXMERT's files on the command line: its questions, and a folder of the transformers library.</summary>
public sealed class LxmertToolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Its_questions_train_score_and_evaluate()
    {
        var features = _folder.File("f.tsv");
        File.WriteAllLines(features, Enumerable.Range(1, 6).Select(i => FeatureFile.Row(
            $"COCO_train2014_{i:D12}", 100, 50, [0, 0, 40, 40, 10, 5, 100, 50], [.. Enumerable.Repeat(i % 2 == 0 ? 1f : 0f, 2 * 8)])));
        File.WriteAllText(_folder.File("q.json"), JsonSerializer.Serialize(Enumerable.Range(1, 7).Select(i => new
        {
            answer_type = "yes/no",
            img_id = $"COCO_train2014_{i:D12}",
            label = i % 2 == 0 ? new Dictionary<string, double> { ["yes"] = 1, ["no"] = 0.3 } : new() { ["no"] = 1 },
            question_id = i,
            question_type = "is it",
            sent = "is it on?",
        })));
        string[] data = ["--layout", "lxmert", _folder.File("q.json"), "--features", features];
        var model = _folder.File("m.zip");
        var trained = ToolRun.Run(
        [
            "train", "vqa", .. data, "--output", model, "--epochs", "40", "--learning-rate", "5e-4", "--batch-size", "2",
            "--optimizer", "bertadam", "--schedule", "WarmupConstant", "--gradient-clipping", "5",
        ]);
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Contains("left out 1 questions whose image is missing, the first: question 7", trained.Error);

        var results = _folder.File("r.json");
        Assert.Equal(0, ToolRun.Run(["score", "--model", model, .. data, "--output", results]).Code);
        var written = JsonNode.Parse(File.ReadAllText(results))!.AsArray();
        Assert.Equal(6, written.Count);
        Assert.Equal((1, "no"), (written[0]!["question_id"]!.GetValue<int>(), written[0]!["answer"]!.GetValue<string>()));
        var metrics = ToolRun.Run(["evaluate", "vqa", .. data[..3], "--results", results]).Json();
        Assert.Equal(100, metrics.GetProperty("overall").GetDouble());
        Assert.Equal(metrics.ToString(), ToolRun.Run(["evaluate", "vqa", .. data, "--model", model]).Json().ToString());

        // GQA's evaluation has other names for the same.
        File.WriteAllText(results, """[{"prediction": "no", "questionId": "2"}, {"prediction": "no", "questionId": "1"}]""");
        Assert.Equal(65, ToolRun.Run(["evaluate", "vqa", .. data[..3], "--results", results]).Json().GetProperty("overall").GetDouble());

        ToolRun.Run(["evaluate", "vqa", .. data[..3], "--annotations", "a.json", "--results", results]).AssertFailed(2, "--annotations");
        ToolRun.Run(["score", "--model", model, "--layout", "lxmert", data[2], "--output", results]).AssertFailed(2, "--features");
        ToolRun.Run(["score", "--model", model, "--layout", "vqa3", data[2], "--output", results]).AssertFailed(2, "easy-vqa and lxmert");
        ToolRun.Run(["score", "--model", model, "--questions", data[2], "--features", features, "--output", results]).AssertFailed(1, "'image_id' is missing");
    }

    [Fact]
    public void A_folder_of_the_transformers_library_is_converted_inspected_and_fine_tuned()
    {
        using var golden = GoldenCases.Get("lxmert", "vqa-a");
        var (folder, answers) = WriteFolder(golden);
        string[] convert = ["convert", "--answers", answers, "--output", _folder.File("m.zip"), "--checkpoint"];
        var converted = ToolRun.Run([.. convert, folder]);
        Assert.True(converted.Code == 0, converted.Error);
        Assert.Contains(" 0 missing, 0 unexpected, 0 of another shape", converted.Error);
        var expected = Scores();

        // Under the names that the reference has, its names tell the architecture as well.
        var own = ToolRun.Run(
        [
            .. convert, golden.FilePath("weights.safetensors"), "--config", Path.Combine(folder, "config.json"), "--vocabulary", folder,
        ]);
        Assert.True(own.Code == 0, own.Error);
        Assert.Equal(expected, Scores());

        var inspected = ToolRun.Run("inspect", folder, "--json").Json();
        Assert.Equal("LXMERT", inspected.GetProperty("architecture").GetString());
        Assert.EndsWith("model.safetensors", inspected.GetProperty("file").GetString());

        // The answers of its classifier may be others than the model's.
        File.WriteAllText(_folder.File("two.txt"), "answer 3\nsomething else\n");
        var picked = ToolRun.Run(
            "convert", "--checkpoint", folder, "--answers", _folder.File("two.txt"), "--checkpoint-answers", answers, "--output", _folder.File("m.zip"));
        Assert.True(picked.Code == 0, picked.Error);
        Assert.Equal(new() { ["answer 3"] = expected["answer 3"], ["something else"] = 0.5f }, Scores());

        File.WriteAllText(_folder.File("q.json"), """[{"img_id": "one", "question_id": 1, "sent": "w7?", "label": {"answer 3": 1, "answer 1": 0.3}}]""");
        var trained = ToolRun.Run(
            "train", "vqa", "--layout", "lxmert", _folder.File("q.json"), "--features", Features(), "--init", folder, "--checkpoint-answers", answers,
            "--answers", answers, "--epochs", "1", "--learning-rate", "0", "--output", _folder.File("m.zip"));
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Equal(expected, Scores());

        File.Delete(Path.Combine(folder, "vocab.txt"));
        ToolRun.Run([.. convert, folder]).AssertFailed(1, "vocab.txt");
        File.Delete(Path.Combine(folder, "model.safetensors"));
        ToolRun.Run([.. convert, folder]).AssertFailed(1, "has no weights", "pytorch_model.bin");
        ToolRun.Run([.. convert, golden.FilePath("weights.safetensors")]).AssertFailed(2, "--config is needed");
    }

    private (string Folder, string Answers) WriteFolder(GoldenCase golden)
    {
        var folder = Directory.CreateDirectory(_folder.File("lxmert-vqa-uncased")).FullName;
        SafeTensors.Write(Path.Combine(folder, "model.safetensors"), golden.Weights.Names.Select(name => new NamedTensor(
            name.Replace("lxrt_encoder.model.bert.", "lxmert.", StringComparison.Ordinal).Replace("logit_fc.", "answer_head.logit_fc.", StringComparison.Ordinal),
            golden.Weights[name])));
        var config = JsonNode.Parse(golden.Config.GetRawText())!.AsObject();
        var count = (int)golden.Weights["logit_fc.3.bias"].Count;
        foreach (var (name, value) in new (string, JsonNode)[]
        {
            ("model_type", "lxmert"), ("num_hidden_layers", new JsonObject { ["vision"] = 1 }), ("num_qa_labels", count),
            ("num_object_labels", 1600), ("num_attr_labels", 400), ("visual_loss_normalizer", 6.67), ("task_qa", true),
        })
        {
            config[name] = value;
        }

        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        var words = Enumerable.Range(5, config["vocab_size"]!.GetValue<int>() - 5).Select(i => $"w{i}");
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. words]);
        var answers = _folder.File("answers.json");
        File.WriteAllText(answers, JsonSerializer.Serialize(Enumerable.Range(0, count).Select(i => $"answer {i}")));
        return (folder, answers);
    }

    private string Features()
    {
        var path = _folder.File("f.tsv");
        using var golden = GoldenCases.Get("lxmert", "vqa-a");
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, 2 * golden.Config.GetProperty("visual_feat_dim").GetInt32()).Select(_ => random.NextSingle())];
        File.WriteAllText(path, FeatureFile.Row("one", 100, 50, [0, 0, 40, 40, 10, 5, 100, 50], values) + "\n");
        return path;
    }

    private Dictionary<string, float> Scores() => ToolRun.Run(
            "score", "--model", _folder.File("m.zip"), "--features", Features(), "--image-id", "one", "--question", "w7 w8 ?", "--top", "1000", "--json")
        .Json().GetProperty("answers").EnumerateArray()
        .ToDictionary(answer => answer.GetProperty("answer").GetString()!, answer => answer.GetProperty("probability").GetSingle());
}
