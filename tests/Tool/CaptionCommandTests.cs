using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tasks.Captioning;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>vl caption, with a FIBER of a few channels and random weights.</summary>
[Collection(TorchCollection.Name)]
public sealed class CaptionCommandTests : IDisposable
{
    private static readonly BytePairVocabulary Vocabulary = BytePairVocabulary.Build(["a red box", "two blue boxes"], 280);

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_image_and_a_folder_are_described(bool opensFiles)
    {
        var zip = Model(opensFiles);
        string one = Picture("a.png", 60, 40, 250), other = Picture("b, too.png", 30, 50, 20);
        var alone = ToolRun.Run("caption", "--model", zip, "--image", one);
        Assert.True(alone.Code == 0, alone.Error);
        var all = ToolRun.Run("caption", "--model", zip, "--images", _folder.File("images"), "--report", _folder.File("page.html"));
        Assert.True(all.Code == 0, all.Error);
        Assert.Equal([$"{one}\t{alone.Output.TrimEnd('\n')}", other], [all.Lines[0], all.Lines[1].Split('\t')[0]]);
        var page = File.ReadAllText(_folder.File("page.html"));
        Assert.Equal(2, page.Split("data:image/jpeg;base64,").Length - 1);
        Assert.Contains("b, too.png", page);

        var json = ToolRun.Run("caption", "--model", zip, "--image", one, "--json").Json();
        Assert.Equal((one, alone.Lines[0]), (json.GetProperty("image").GetString(), json.GetProperty("caption").GetString()));
        Assert.InRange(json.GetProperty("score").GetSingle(), -20, 0);
    }

    [Fact]
    public void Captions_go_to_files_that_are_measured()
    {
        var zip = Model(opensFiles: true);
        Picture("a.png", 60, 40, 250);
        Picture("b, too.png", 30, 50, 20);
        Picture("c.png", 30, 30, 90);
        File.WriteAllText(_folder.File("captions.json"), """
            {"images": [{"id": 7, "file_name": "b, too.png"}, {"id": 4, "file_name": "a.png"}],
             "annotations": [{"id": 1, "image_id": 7, "caption": "a red box"}, {"id": 2, "image_id": 4, "caption": "two blue boxes"}]}
            """);
        var run = ToolRun.Run(
            "caption", "--model", zip, "--images", _folder.File("images"), "--annotations", _folder.File("captions.json"), "--output", _folder.File("r.json"));
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal("", run.Output);
        using var results = JsonDocument.Parse(File.ReadAllText(_folder.File("r.json")));
        Assert.Equal([7, 4], results.RootElement.EnumerateArray().Select(row => row.GetProperty("image_id").GetInt32()));
        var measured = ToolRun.Run(
            "evaluate", "captioning", "--annotations", _folder.File("captions.json"), "--results", _folder.File("r.json")).Json();
        Assert.Equal(2, measured.GetProperty("images").GetInt32());

        Assert.Equal(0, ToolRun.Run("caption", "--model", zip, "--images", _folder.File("images"), "--output", _folder.File("r.csv")).Code);
        for (var i = 0; i < 2; i++)
        {
            string[] shard = ["caption", "--model", zip, "--images", _folder.File("images"), "--output", _folder.File("s.csv"), "--shard", $"{i}/2"];
            Assert.Equal(0, ToolRun.Run(shard).Code);
        }

        Assert.Contains("wrote 3 rows of 2 shards", ToolRun.Run("merge", "--output", _folder.File("s.csv")).Error);
        Assert.Equal(File.ReadAllText(_folder.File("r.csv")), File.ReadAllText(_folder.File("s.csv")));
        var lines = File.ReadAllText(_folder.File("r.csv")).Split('\n');
        Assert.Equal((5, "image,caption,score"), (lines.Length, lines[0]));
        Assert.StartsWith($"\"{_folder.File("images/b, too.png")}\",", lines[2]);
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        var (zip, image) = (Model(opensFiles: true), Picture("a.png", 20, 20, 0));
        ToolRun.Run("caption", "--model", zip).AssertFailed(2, "Either --image or --images");
        ToolRun.Run("caption", "--model", zip, "--image", image, "--images", _folder.Path).AssertFailed(2, "Either --image or --images");
        ToolRun.Run("caption", "--model", zip, "--image", image, "--annotations", image).AssertFailed(2, "--annotations goes with --images");
        ToolRun.Run("caption", "--model", zip, "--image", image, "--output", _folder.File("r.txt")).AssertFailed(2, "a .json or a .csv");
        ToolRun.Run("caption", "--model", zip, "--image", image, "--shard", "0/2").AssertFailed(2, "--shard needs --output");
        ToolRun.Run("caption", "--model", zip, "--image", _folder.File("none.png")).AssertFailed(1, "none.png");
        File.WriteAllText(_folder.File("images/bad.png"), "no image");
        ToolRun.Run("caption", "--model", zip, "--image", _folder.File("images/bad.png")).AssertFailed(1, "bad.png", "cannot be read");
        var view = _ml.Data.LoadFromEnumerable(new[] { new VqaExample() });
        _ml.Model.Save(_ml.Transforms.CopyColumns("Text", nameof(VqaExample.Question)).Fit(view), view.Schema, _folder.File("other.zip"));
        ToolRun.Run("caption", "--model", _folder.File("other.zip"), "--image", image).AssertFailed(1, "writes no captions");
    }

    /// <summary>A model file, of a whole pipeline or of the model alone.</summary>
    private string Model(bool opensFiles)
    {
        var settings = new CaptionSettings
        {
            Model = (FiberConfig)Questions.ModelOf("fiber") with { VocabularySize = Vocabulary.Count, MaxPositions = 34 },
            Words = CaptionVocabulary.Of(Vocabulary),
            Beams = 2,
            MaxLength = 6,
        };
        using var parameters = new ModelParameters(settings.ToNetwork().Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.2, 7);
        using var captions = settings.Create(_ml, parameters.AsSource());
        var path = _folder.File("m.zip");
        if (!opensFiles)
        {
            _ml.VisionLanguage().Save(captions, Questions.View(_ml, Questions.Make(1)).Schema, path);
            return path;
        }

        var view = _ml.Data.LoadFromEnumerable(new[] { new NamedFile() });
        var before = _ml.Transforms.LoadImageFiles("Picture", "", nameof(NamedFile.Place))
            .Append(_ml.Transforms.PreprocessImage("PixelValues", "Picture", settings.Model.ImageSide)).Fit(view);
        _ml.VisionLanguage().Save(new TransformerChain<ITransformer>(before, captions), view.Schema, path);
        return path;
    }

    private string Picture(string name, int width, int height, byte level)
    {
        Directory.CreateDirectory(_folder.File("images"));
        var pixels = Enumerable.Range(0, width * height * 4).Select(i => i % 4 == 3 ? byte.MaxValue : (byte)(level ^ (i % 7 * 5))).ToArray();
        using var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
        var path = Path.Combine(_folder.File("images"), name);
        image.Save(path);
        return path;
    }

    private sealed class NamedFile
    {
        public string Place { get; set; } = "";
    }
}
