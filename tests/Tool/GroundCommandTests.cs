using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>vl convert text-detector and vl ground with a detector of a few channels (the golden case's weights).</summary>
public sealed class GroundCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_file_is_asked_for_anything()
    {
        var (zip, image) = (Convert(), Picture("a.png", 90, 60));
        var detected = ToolRun.Run(
            "ground", "--model", zip, "--image", image, "--classes", "red circle", "cross", "--top", "3", "--output", _folder.File("b.png")).Json();
        Assert.Equal((image, 90, 60), (detected.GetProperty("image").GetString(), detected.GetProperty("width").GetInt32(), detected.GetProperty("height").GetInt32()));
        var found = detected.GetProperty("found").EnumerateArray().ToList();
        Assert.InRange(found.Count, 1, 3);
        Assert.All(found, box => Assert.Contains(box.GetProperty("text").GetString(), new[] { "red circle", "cross" }));
        Assert.All(found, box => Assert.Equal(4, box.GetProperty("box").GetArrayLength()));
        using var before = MLImage.CreateFromFile(image);
        using var after = MLImage.CreateFromFile(_folder.File("b.png"));
        Assert.Equal((90, 60), (after.Width, after.Height));
        Assert.False(before.Pixels.SequenceEqual(after.Pixels));

        var grounded = ToolRun.Run("ground", "--model", zip, "--image", image, "--caption", "a man in a red hat").Json();
        Assert.All(grounded.GetProperty("found").EnumerateArray(), box => Assert.Contains(box.GetProperty("text").GetString(), new[] { "a man", "a red hat" }));
        var part = ToolRun.Run("ground", "--model", zip, "--image", image, "--caption", "a man in a red hat", "--phrases", "hat", "--top", "1").Json();
        Assert.Equal("hat", part.GetProperty("found").EnumerateArray().Single().GetProperty("text").GetString());
        var whole = ToolRun.Run("ground", "--model", zip, "--image", image, "--caption", "a red hat", "--whole").Json();
        Assert.Equal("a red hat", whole.GetProperty("found").EnumerateArray().Single().GetProperty("text").GetString());
    }

    [Fact]
    public void A_folder_has_a_line_an_image_and_a_page()
    {
        Picture(Path.Combine("images", "a.png"), 40, 40);
        Picture(Path.Combine("images", "b.png"), 64, 32);
        var run = ToolRun.Run(
            "ground", "--model", Convert(), "--images", _folder.File("images"), "--classes", "cross", "--report", _folder.File("page.html"));
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(2, run.Lines.Count);
        var page = File.ReadAllText(_folder.File("page.html"));
        Assert.Equal(2, page.Split("data:image/jpeg;base64,").Length - 1);
        Assert.Contains("b.png", page);
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        var (zip, image) = (Convert(), Picture("a.png", 20, 20));
        ToolRun.Run("ground", "--model", zip, "--classes", "cross").AssertFailed(2, "Either --image or --images");
        ToolRun.Run("ground", "--model", zip, "--image", image).AssertFailed(2, "Either --classes or --caption");
        ToolRun.Run("ground", "--model", zip, "--image", image, "--classes", "cross", "--top", "0").AssertFailed(2, "--top 0");
        ToolRun.Run("ground", "--model", zip, "--image", image, "--classes", "cross", "--output", _folder.File("b.jpg")).AssertFailed(2, ".png is expected");
        ToolRun.Run("ground", "--model", zip, "--image", image, "--caption", " ").AssertFailed(2, "--caption is empty");
        ToolRun.Run("ground", "--model", zip, "--image", image, "--caption", "a", "--whole", "--phrases", "a").AssertFailed(2, "exclude each other");
        ToolRun.Run("ground", "--model", zip, "--image", image, "--caption", "a", "--phrases", "cat").AssertFailed(1, "the phrase \"cat\" is not in the text \"a\"");
        ToolRun.Run("ground", "--model", image, "--image", image, "--classes", "cross").AssertFailed(1, "a.png");
    }

    private string Convert()
    {
        using var c = GoldenCases.Get("fiber", "fg_full_eval-a");
        var config = JsonNode.Parse(c.Config.GetRawText())!.AsObject();
        config["MAX_POSITIONS"] = 16;
        (config["MIN_SIZE_TEST"], config["MAX_SIZE_TEST"]) = (64, 128);
        File.WriteAllText(_folder.File("config.json"), config.ToJsonString());
        File.WriteAllLines(
            _folder.File("vocab.txt"),
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "a", "red", "blue", "cross", "circle", "left", "of", "in", "man", "hat"]);
        var run = ToolRun.Run(
            "convert", "text-detector", "--checkpoint", c.FilePath("weights.safetensors"), "--config", _folder.File("config.json"),
            "--vocabulary", _folder.File("vocab.txt"), "--classes", "man", "--output", _folder.File("d.zip"));
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("saved", run.Error);
        return _folder.File("d.zip");
    }

    private string Picture(string name, int width, int height)
    {
        var pixels = new byte[width * height * 4];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = i % 4 == 3 ? (byte)255 : (byte)((i * 37 / 11) + (i / (4 * width) * 5));
        var path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
        image.Save(path);
        return path;
    }
}
