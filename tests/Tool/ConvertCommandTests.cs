using System.Text.Json;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

public sealed class ConvertCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly GoldenCase _case = new(TestData.Golden("vilbert", "vltasks-mul-a"));
    private readonly string[] _files;

    public ConvertCommandTests()
    {
        var config = _case.Config;
        File.WriteAllText(_folder.File("config.json"), config.GetRawText());
        var words = Enumerable.Range(5, config.GetProperty("vocab_size").GetInt32() - 5).Select(i => $"w{i}");
        File.WriteAllLines(_folder.File("vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. words]);
        _files = ["--config", _folder.File("config.json"), "--vocabulary", _folder.File("vocab.txt"), "--output", _folder.File("m.zip")];
    }

    public void Dispose()
    {
        _case.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("weights.safetensors", "vqa", "vil_prediction")]
    [InlineData("weights_legacy.bin", "gqa", "vil_prediction_gqa")]
    [InlineData("weights_module_prefix.bin", "vqa", "vil_prediction")]
    public void Converts_a_checkpoint_to_a_model_that_answers(string weights, string head, string classifier)
    {
        var checkpoint = _case.FilePath(weights);
        var count = CountAnswers(classifier);
        var converted = ToolRun.Run(["convert", "--checkpoint", checkpoint, "--answers", Answers(count), "--head", head, .. _files]);
        Assert.True(converted.Code == 0, converted.Error);
        Assert.Contains(" 0 missing, 0 unexpected, 0 of another shape", converted.Error);

        AssertAnswers(_folder.File("m.zip"), _case.Config.GetProperty("v_feature_size").GetInt32(), count);
        var inspected = ToolRun.Run("inspect", _folder.File("m.zip"), "--json").Json();
        Assert.Equal(
            ["Question", "RegionFeatures", "RegionBoxes", "ImageSize"],
            inspected.GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("name").GetString()!));
    }

    [Theory]
    [InlineData("lxmert", "logit_fc.3.bias")]
    [InlineData("vlbert", "final_mlp.2.bias")]
    public void Converts_checkpoints_of_the_other_models(string kind, string classifier)
    {
        using var golden = new GoldenCase(TestData.Golden(kind, "vqa-a"));
        var model = VisionLanguageModel.FromJson(kind, golden.Config.GetRawText());

        // The small vocabulary has [MASK] elsewhere than BERT's.
        if (model is VlBertConfig config) model = config with { MaskTokenId = 4 };
        File.WriteAllText(_folder.File("config.json"), model.ToJson());
        File.WriteAllLines(_folder.File("vocab.txt"), File.ReadAllLines(_folder.File("vocab.txt")).Take(model.VocabularySize));
        using var checkpoint = Checkpoint.Open(golden.FilePath("weights.safetensors"));
        var count = (int)checkpoint[classifier].Count;
        var converted = ToolRun.Run(
        [
            "convert", "vqa", "--kind", kind, "--checkpoint", golden.FilePath("weights.safetensors"), "--answers", Answers(count), .. _files,
        ]);
        Assert.True(converted.Code == 0, converted.Error);
        AssertAnswers(_folder.File("m.zip"), model.RegionFeatureSize, count);
        Assert.Equal(kind, ToolRun.Run("inspect", _folder.File("m.zip"), "--json").Json().GetProperty("model").GetString());
    }

    /// <summary>A Lightning file of FIBER for another image size, which becomes a model that opens images.</summary>
    [Fact]
    public void Converts_a_checkpoint_of_a_model_that_takes_images_whole()
    {
        using var golden = new GoldenCase(TestData.Golden("fiber", "vqa-a"));
        var vocabulary = BytePairVocabulary.Build(["a box"], 270);
        vocabulary.Save(_folder.File("vocab.json"));
        var small = FiberConfig.FromJson(golden.Config.GetRawText());
        var model = small with { ImageSize = 96 };
        File.WriteAllText(_folder.File("config.json"), (model with { VocabularySize = vocabulary.Count }).ToJson());
        const string Words = "text_transformer.embeddings.word_embeddings.weight";
        using var checkpoint = Checkpoint.Open(golden.FilePath("weights.safetensors"));
        var random = new Random(1);
        float[] table = [.. Enumerable.Range(0, vocabulary.Count * model.TextHiddenSize).Select(_ => random.NextSingle() - 0.5f)];
        SafeTensors.Write(_folder.File("w.safetensors"), checkpoint.Names.Where(name => name != Words)
            .Select(name => new NamedTensor("module." + name, checkpoint[name]))
            .Append(new(Words, [vocabulary.Count, model.TextHiddenSize], table)));
        var converted = ToolRun.Run(
            "convert", "vqa", "--kind", "fiber", "--checkpoint", _folder.File("w.safetensors"), "--answers", Answers(30),
            "--config", _folder.File("config.json"), "--vocabulary", _folder.File("vocab.json"), "--output", _folder.File("m.zip"));
        Assert.True(converted.Code == 0, converted.Error);

        File.WriteAllBytes(_folder.File("one.png"), Images.Pictures.Encode(50, 40, Images.Pictures.Noise, SkiaSharp.SKEncodedImageFormat.Png));
        var found = ToolRun.Run(
            "score", "--model", _folder.File("m.zip"), "--image", _folder.File("one.png"), "--question", "a box ?", "--top", "1000", "--json").Json();
        Assert.Equal(30, found.GetProperty("answers").GetArrayLength());
        var refused = ToolRun.Run("score", "--model", _folder.File("m.zip"), "--features", _folder.File("one.png"), "--image-id", "one", "--question", "a");
        Assert.Contains("looks at images itself", refused.Error);
    }

    [Fact]
    public void Every_name_that_does_not_fit_is_told_and_nothing_is_written()
    {
        using var checkpoint = Checkpoint.Open(_case.FilePath("weights.safetensors"));
        const string Renamed = "bert.encoder.layer.0.output.dense.weight";
        var partial = _folder.File("partial.safetensors");
        SafeTensors.Write(partial, checkpoint.Names.Select(name => new NamedTensor(name == Renamed ? "something.else" : name, checkpoint[name])));
        var run = ToolRun.Run(["convert", "--checkpoint", partial, "--answers", Answers(CountAnswers("vil_prediction")), .. _files]);
        Assert.Equal(1, run.Code);
        Assert.Contains($"vl: missing: {Renamed}\n", run.Error);
        Assert.Contains("vl: unexpected: something.else\n", run.Error);
        Assert.Contains("partial.safetensors", run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        Assert.False(File.Exists(_folder.File("m.zip")));
    }

    [Fact]
    public void Another_number_of_answers_or_another_architecture_is_refused()
    {
        var count = CountAnswers("vil_prediction");
        var run = ToolRun.Run(["convert", "--checkpoint", _case.FilePath("weights.safetensors"), "--answers", Answers(count + 1), .. _files]);
        Assert.Equal(1, run.Code);
        Assert.Contains($"{count} answers apart; the list has {count + 1}", run.Error);
        var other = TestData.Golden("lxmert", "encoder-a", "weights.safetensors");
        run = ToolRun.Run(["convert", "--checkpoint", other, "--answers", Answers(count), .. _files]);
        Assert.Equal(1, run.Code);
        Assert.Contains("LXMERT", run.Error);
        Assert.Empty(Directory.GetFiles(_folder.Path, "m.zip*"));
    }

    private void AssertAnswers(string model, int size, int count)
    {
        var features = _folder.File("f.tsv");
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, 2 * size).Select(_ => random.NextSingle())];
        File.WriteAllText(features, FeatureFile.Row("one", 100, 50, [0, 0, 40, 40, 10, 5, 100, 50], values) + "\n");
        var found = ToolRun.Run(
            "score", "--model", model, "--features", features, "--image-id", "one", "--question", "w7 w8 ?",
            "--top", "1000", "--json").Json();
        var answers = found.GetProperty("answers").EnumerateArray().ToList();
        Assert.Equal(count, answers.Count);
        Assert.Equal(count, answers.Select(answer => answer.GetProperty("answer").GetString()).Distinct().Count());
        Assert.True(answers[0].GetProperty("probability").GetSingle() > answers[^1].GetProperty("probability").GetSingle());
    }

    private int CountAnswers(string classifier)
    {
        using var checkpoint = Checkpoint.Open(_case.FilePath("weights.safetensors"));
        return (int)checkpoint[classifier + ".logit_fc.3.bias"].Count;
    }

    private string Answers(int count)
    {
        var path = _folder.File("answers.json");
        File.WriteAllText(path, JsonSerializer.Serialize(Enumerable.Range(0, count).Select(i => $"answer {i}")));
        return path;
    }
}
