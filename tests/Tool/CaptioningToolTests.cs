using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Tasks.Captioning;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>FIBER learns to describe pictures of one colour, and a checkpoint of it becomes a model that does.</summary>
public sealed class CaptioningToolTests : IDisposable
{
    private const int Pictures = 30;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Captions_are_learnt_written_and_measured()
    {
        var (images, data) = Draw();
        var zip = _folder.File("m.zip");
        var run = ToolRun.Run(
        [
            "train", "captioning", "--kind", "fiber", "--model", Config(), "--data", data, "--images", images, "--held-out", "0.2", "--epochs", "25",
            "--batch-size", "6", "--device", "cpu", "--threads", "1", "--learning-rate", "0.002", "--caption-length", "5", "--beams", "2", "--output", zip,
        ]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Matches(@"held-out CIDEr-D \d+\.\d{4} on 6 captions about 6 images \(always 'a \w+ picture': \d+\.\d{4}\)", run.Output);

        Assert.Equal("captioning", ToolRun.Run("inspect", zip, "--json").Json().GetProperty("task").GetString());
        var picture = Path.Combine(images, "1.png");
        var said = ToolRun.Run("caption", "--model", zip, "--image", picture);
        Assert.True(said.Code == 0, said.Error);
        Assert.Matches(@"^a \w+ picture$", said.Lines[0]);
        Assert.Equal(said.Output, ToolRun.Run("score", "captioning", "--model", zip, "--image", picture).Output);

        // A user's program gives it images alone.
        var ml = new MLContext(1);
        var written = ml.VisionLanguage().Load(zip).Transform(ml.Data.LoadFromEnumerable(new[] { new Picture { ImagePath = picture } }));
        Assert.Equal(said.Lines[0], ml.Data.CreateEnumerable<Written>(written, reuseRowObject: false).Single().Caption);

        var results = _folder.File("results.json");
        Assert.Equal(0, ToolRun.Run("caption", "--model", zip, "--images", images, "--annotations", data, "--output", results).Code);
        var measured = ToolRun.Run("evaluate", "captioning", "--data", data, "--results", results).Json();
        var itself = ToolRun.Run("evaluate", "captioning", "--data", data, "--images", images, "--model", zip).Json();
        Assert.Equal(Pictures, itself.GetProperty("images").GetInt32());
        foreach (var figure in (string[])["bleu1", "bleu4", "rougeL", "ciderD"])
            Assert.Equal(measured.GetProperty(figure).GetDouble(), itself.GetProperty(figure).GetDouble(), 1e-12);
        Assert.InRange(itself.GetProperty("bleu1").GetDouble(), 0.7, 1);
    }

    [Fact]
    public void A_checkpoint_becomes_a_model_that_describes()
    {
        var (images, _) = Draw();
        var words = BytePairVocabulary.Build(["a red picture"], 270);
        words.Save(_folder.File("vocab.json"), _folder.File("merges.txt"));
        var model = Model with { VocabularySize = words.Count };
        File.WriteAllText(_folder.File("fiber.json"), model.ToJson());
        var settings = new CaptionSettings { Model = model, Words = CaptionVocabulary.Of(words) };
        var random = new Random(1);
        SafeTensors.Write(_folder.File("w.safetensors"), settings.ToNetwork().Parameters().Select(parameter => new NamedTensor(
            parameter.Name, parameter.Shape, [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => (random.NextSingle() - 0.5f) / 4)])));
        string[] convert =
        [
            "convert", "captioning", "--checkpoint", _folder.File("w.safetensors"), "--config", _folder.File("fiber.json"), "--kind", "fiber",
            "--vocabulary", _folder.File("vocab.json"), "--output", _folder.File("m.zip"),
        ];
        var converted = ToolRun.Run(convert);
        Assert.True(converted.Code == 0, converted.Error);
        Assert.True(converted.Error.Contains(" 0 unexpected, 0 of another shape", StringComparison.Ordinal), converted.Error);
        var said = ToolRun.Run("caption", "--model", _folder.File("m.zip"), "--image", Path.Combine(images, "0.png"), "--json").Json();
        Assert.InRange(said.GetProperty("score").GetSingle(), -20, 0);

        ToolRun.Run([.. convert, "--int8"]).AssertFailed(2, "--int8", "float32");
        ToolRun.Run([.. convert, "--beams", "0"]).AssertFailed(2, "--beams 0: at least 1 is needed");
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        var (images, data) = Draw();
        string[] train = ["train", "captioning", "--data", data, "--images", images, "--output", _folder.File("m.zip")];
        ToolRun.Run(train).AssertFailed(2, "--kind fiber is needed");
        ToolRun.Run([.. train, "--kind", "fiber", "--caption-length", "0"]).AssertFailed(2, "--caption-length 0");
        ToolRun.Run([.. train, "--kind", "fiber", "--loss", "other"]).AssertFailed(2, "other");
        ToolRun.Run("evaluate", "captioning", "--results", data).AssertFailed(2, "--data is needed");
    }

    private static FiberConfig Model => FiberConfig.Tiny with
    {
        ImageSize = 32,
        PatchSize = 8,
        Depths = [1, 1, 1, 2],
        ImageHeads = [1, 1, 2, 2],
        TextHiddenSize = 32,
        TextLayers = 2,
        TextHeads = 2,
        TextIntermediateSize = 64,
        HiddenSize = 32,
        FusedBlocks = 2,
    };

    private string Config()
    {
        File.WriteAllText(_folder.File("fiber.json"), Model.ToJson());
        return _folder.File("fiber.json");
    }

    private (string Images, string Data) Draw()
    {
        var images = _folder.File("images");
        Directory.CreateDirectory(images);
        string[] colours = [.. ColourQuestions.Colours.Keys];
        for (var i = 0; i < Pictures; i++)
            ColourQuestions.WriteImage(Path.Combine(images, $"{i}.png"), ColourQuestions.Colours[colours[i % 3]], seed: i);
        var data = _folder.File("captions.json");
        File.WriteAllText(data, JsonSerializer.Serialize(new
        {
            images = Enumerable.Range(0, Pictures).Select(i => new { id = i, file_name = $"{i}.png" }),
            annotations = Enumerable.Range(0, Pictures).Select(i => new { id = i, image_id = i, caption = $"a {colours[i % 3]} picture" }),
        }));
        return (images, data);
    }

    private sealed class Picture
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Written
    {
        public string Caption { get; set; } = "";
    }
}
