using System.Text.Json;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>vl train text-detector on classes, phrases and expressions, and vl detect and vl ground with what it saves.</summary>
[Collection(TorchCollection.Name)]
public sealed class TrainTextDetectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Classes_of_COCO_files_are_trained_and_detected()
    {
        var image = Picture(Path.Combine("images", "a.png"));
        Picture(Path.Combine("images", "b.png"), 180);
        File.WriteAllText(_folder.File("images/_annotations.coco.json"), """
            {"images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 64}, {"id": 2, "file_name": "b.png", "width": 64, "height": 64}],
             "categories": [{"id": 1, "name": "red square"}, {"id": 2, "name": "dot"}],
             "annotations": [{"image_id": 1, "category_id": 1, "bbox": [16, 16, 24, 24], "iscrowd": 0, "id": 5},
                             {"image_id": 2, "category_id": 2, "bbox": [16, 16, 0, 24], "iscrowd": 0, "id": 6}]}
            """);
        var run = Train("--annotations", _folder.File("images"), "--validation-fraction", "0.5");
        Assert.Contains("1 objects without width or height are left out", run.Error);
        Assert.Contains("validation score", run.Error);
        Assert.False(Directory.Exists(_folder.File("m.zip.checkpoint")));
        var found = ToolRun.Run(
            "detect", "--model", _folder.File("m.zip"), "--image", image, "--classes", "red square,dot", "--least", "0", "--top", "3", "--output",
            _folder.File("drawn.png")).Json().GetProperty("found").EnumerateArray().ToList();
        Assert.NotEmpty(found);
        Assert.All(found, box => Assert.Contains(box.GetProperty("text").GetString(), new[] { "red square", "dot" }));
        Assert.True(File.Exists(_folder.File("drawn.png")));
        ToolRun.Run("detect", "--model", _folder.File("m.zip"), "--image", image).AssertFailed(2, "--classes is needed");
        ToolRun.Run("detect", "--image", image, "--classes", "dot").AssertFailed(2, "--model is needed");
        ToolRun.Run("detect", "--image", image, "--classes", "dot", "--threshold", "0.5").AssertFailed(2, "go with --annotations");
        ToolRun.Run("detect", "--annotations", image, "--images", _folder.File("images"), "--output", _folder.File("r.json"))
            .AssertFailed(2, "--annotations needs --detector");
    }

    [Fact]
    public void Phrases_of_Flickr30k_Entities_are_trained()
    {
        var image = Picture(Path.Combine("images", "7.png"));
        Directory.CreateDirectory(_folder.File("Sentences"));
        Directory.CreateDirectory(_folder.File("Annotations"));
        File.WriteAllText(_folder.File("Sentences/7.txt"), "[/EN#1/other A red square] near [/EN#2/other a dot] .\n[/EN#2/other A dot] alone .\n");
        File.WriteAllText(_folder.File("Annotations/7.xml"), """
            <annotation><size><width>64</width><height>64</height><depth>3</depth></size>
            <object><name>1</name><bndbox><xmin>17</xmin><ymin>17</ymin><xmax>40</xmax><ymax>40</ymax></bndbox></object>
            <object><name>2</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>
            """);
        var run = Train("--phrases", _folder.File(""), "--images", _folder.File("images"));
        Assert.Contains("2 rows with 3 boxes of 1 images", run.Error);
        var found = ToolRun.Run(
            "ground", "--model", _folder.File("m.zip"), "--image", image, "--caption", "a dot near a red square", "--phrases", "a dot", "--least", "0",
            "--top", "1").Json().GetProperty("found").EnumerateArray();
        Assert.Equal("a dot", Assert.Single(found).GetProperty("text").GetString());
    }

    [Fact]
    public void Expressions_of_RefCOCO_are_trained()
    {
        var scenes = ToolRun.Run("scenes", "--output", _folder.File("scenes"), "--scenes", "3", "--val-scenes", "1");
        Assert.True(scenes.Code == 0, scenes.Error);
        string File(string name) => _folder.File(Path.Combine("scenes", name));
        Train("--refs", File("train_refs.p"), "--instances", File("train_instances.json"), "--images", File("images"));
        var image = Directory.EnumerateFiles(File("images")).First();
        var found = ToolRun.Run(
            "ground", "--model", _folder.File("m.zip"), "--image", image, "--caption", "the red object", "--whole", "--least", "0").Json();
        Assert.Equal("the red object", Assert.Single(found.GetProperty("found").EnumerateArray()).GetProperty("text").GetString());
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        void Refuses(string part, params string[] options) =>
            ToolRun.Run(["train", "text-detector", "--output", _folder.File("m.zip"), .. options]).AssertFailed(2, part);
        Refuses("One of --annotations, --phrases and --refs");
        Refuses("One of --annotations, --phrases and --refs", "--annotations", "a.json", "--refs", "b.p");
        Refuses("--instances is needed", "--refs", "b.p", "--images", "c");
        Refuses("--split go with --refs", "--annotations", "a.json", "--split", "train");
        Refuses("--image-list goes with --phrases", "--annotations", "a.json", "--image-list", "train.txt");
        Refuses("--init needs --vocabulary", "--annotations", "a.json", "--init", Picture("a.png"));
    }

    private ToolRun Train(params string[] options)
    {
        File.WriteAllText(_folder.File("config.json"), JsonSerializer.Serialize(FiberDetectorConfig.Tiny with
        {
            AnchorSizes = [24, 48],
            HeadBlocks = 1,
            ShorterSide = 64,
            LongerSide = 64,
        }));
        var run = ToolRun.Run(
            ["train", "text-detector", "--output", _folder.File("m.zip"), "--config", _folder.File("config.json"), "--epochs", "1", "--threads", "1", .. options]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("saved", run.Error);
        return run;
    }

    /// <summary>A red square on grey.</summary>
    private string Picture(string name, byte grey = 200)
    {
        const int side = 64;
        var pixels = new byte[side * side * 4];
        for (var i = 0; i < side * side; i++)
        {
            var isInside = i % side is >= 16 and < 40 && i / side is >= 16 and < 40;
            byte[] colour = isInside ? [220, 30, 30, 255] : [grey, grey, grey, 255];
            colour.CopyTo(pixels, 4 * i);
        }

        var path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var image = MLImage.CreateFromPixels(side, side, MLPixelFormat.Rgba32, pixels);
        image.Save(path);
        return path;
    }
}
