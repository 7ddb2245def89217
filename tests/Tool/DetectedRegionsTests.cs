using System.Text.Json;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>From a detector's checkpoint to a file of region features, with the golden case's small weights.</summary>
public sealed class DetectedRegionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly GoldenCase _case = new(TestData.Golden("frcnn", "e2e_single-a"));

    public DetectedRegionsTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        Save("b.png", 40, 30);
        Save("a.png", 25, 60);
    }

    public void Dispose()
    {
        _case.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("best", false)]
    [InlineData("confident", true)]
    public void Makes_a_file_of_features_that_others_read(string choice, bool yaml)
    {
        var converted = Convert(Config(yaml), "--choice", choice, "--min-regions", "5", "--max-regions", "20");
        Assert.True(converted.Code == 0, converted.Error);
        Assert.Contains("5 to 20 regions of 128 values", converted.Error);
        var run = Extract("f.tsv");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("wrote 2 images", run.Error);

        using var reader = BottomUpTsvReader.Open(_folder.File("f.tsv"));
        foreach (var (name, width, height) in new[] { ("a", 25, 60), ("b", 40, 30) })
        {
            var regions = reader.Read(name);
            Assert.Equal((width, height, 128), (regions.Width, regions.Height, regions.FeatureSize));
            Assert.InRange(regions.Count, 5, 20);
            Assert.Equal(regions.Count, regions.ObjectIds!.Length);
            Assert.All(regions.ObjectIds!, id => Assert.InRange(id, 0, 10));
            Assert.All(regions.AttributeIds!, id => Assert.InRange(id, 0, 6));
            Assert.All(regions.ObjectConfidences!, sure => Assert.InRange(sure, 0, 1));
        }

        // The same in another format.
        Assert.Equal(0, Extract("f.safetensors").Code);
        using var again = RegionFeatureReader.Open(_folder.File("f.safetensors"));
        foreach (var regions in reader.ReadAll()) Regions.MadeRegions.AssertSame(regions, again.Read(regions.ImageId), detected: true);

        Assert.Contains("ExtractRegionFeatures", ToolRun.Run("inspect", _folder.File("d.zip")).Output);
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        Convert(Config(yaml: false), "--choice", "some").AssertFailed(2, "'some'", "confident");
        File.WriteAllLines(_folder.File("names.txt"), ["cat,kitten", "dog"]);
        Convert(Config(yaml: false), "--classes", _folder.File("names.txt")).AssertFailed(1, "Classes", "2 names");
        File.WriteAllText(_folder.File("bad.yaml"), "resnets:\n  depth: [5\n");
        Convert(_folder.File("bad.yaml")).AssertFailed(1, "bad.yaml");
        Convert(_folder.File("none.yaml")).AssertFailed(1, "--config");

        var checkpoint = _case.FilePath("weights.safetensors");
        ToolRun.Run("convert", "--checkpoint", checkpoint, "--config", Config(false), "--vocabulary", Config(false), "--answers", Config(false), "--output", _folder.File("m.zip"))
            .AssertFailed(2, "convert detector");
        Assert.Equal(0, Convert(Config(yaml: false)).Code);
        Directory.CreateDirectory(_folder.File("empty"));
        Extract("f.tsv", "empty").AssertFailed(1, "no image");
        File.WriteAllText(_folder.File("images/c.png"), "no picture");
        Extract("f.tsv").AssertFailed(1, "c.png");
        File.Delete(_folder.File("images/c.png"));
        Assert.Equal(0, Extract("f.tsv").Code);
        using (var reader = BottomUpTsvReader.Open(_folder.File("f.tsv"))) Assert.Equal(2, reader.ReadAll().Count());
        File.Copy(_folder.File("images/b.png"), _folder.File("images/b.bmp"));
        Extract("g.tsv")
            .AssertFailed(1, "b.bmp", "b.png", "'b'");
    }

    private ToolRun Extract(string output, string images = "images") => ToolRun.Run(
        "extract", "--detector", _folder.File("d.zip"), "--images", _folder.File(images), "--output", _folder.File(output));

    private ToolRun Convert(string config, params string[] others) => ToolRun.Run(
        ["convert", "detector", "--checkpoint", _case.FilePath("weights.safetensors"), "--config", config, "--output", _folder.File("d.zip"), .. others]);

    /// <summary>The case's configuration for small images, as JSON or as the transformers library's YAML has it.</summary>
    private string Config(bool yaml)
    {
        var path = _folder.File(yaml ? "config.yaml" : "config.json");
        var json = _case.Config.GetRawText().Replace("800", "96", StringComparison.Ordinal).Replace("1333", "160", StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json);
        File.WriteAllText(path, yaml ? string.Concat(Yaml(document.RootElement, "")) : json);
        return path;
    }

    private static IEnumerable<string> Yaml(JsonElement element, string indent)
    {
        foreach (var property in element.EnumerateObject())
        {
            var name = property.Name.ToLowerInvariant();
            if (property.Value.ValueKind != JsonValueKind.Object)
            {
                yield return $"{indent}{name}: {property.Value.GetRawText()}\n";
                continue;
            }

            yield return $"{indent}{name}:\n";
            foreach (var line in Yaml(property.Value, indent + "  ")) yield return line;
        }
    }

    private void Save(string name, int width, int height)
    {
        byte[] pixels = [.. Enumerable.Range(0, width * height).SelectMany(i => new[] { (byte)(i % 251), (byte)(i / width * 4), (byte)(i % width * 5), (byte)255 })];
        using var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
        image.Save(_folder.File("images/" + name));
    }
}
