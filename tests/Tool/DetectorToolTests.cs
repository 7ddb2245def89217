using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary><c>vl train detector</c>, and what goes on with its model file. What is learnt is measured in the long tier.</summary>
[Collection(TorchCollection.Name)]
public sealed class DetectorToolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_detector_is_trained_measured_and_used()
    {
        var scenes = Scenes();
        var run = Train(scenes, "--held-out", "0.25", "--json");
        Assert.Equal(2, run.Json().GetProperty("heldOutImages").GetInt64());
        Assert.InRange(run.Json().GetProperty("AP50").GetDouble(), 0, 1);
        Assert.Contains("6 images with", run.Error);
        Assert.False(Directory.Exists(_folder.File("detector.zip.checkpoint")));

        var measured = ToolRun.Run(
            "evaluate", "detection", "--detector", _folder.File("detector.zip"), "--annotations", Path.Combine(scenes, "val_instances.json"),
            "--images", Path.Combine(scenes, "images")).Json();
        Assert.Equal(2, measured.GetProperty("images").GetInt64());
        Assert.InRange(measured.GetProperty("AP50").GetDouble(), 0, 1);

        var extracted = ToolRun.Run(
            "extract", "--detector", _folder.File("detector.zip"), "--images", Path.Combine(scenes, "images"), "--output", _folder.File("f.safetensors"));
        Assert.True(extracted.Code == 0, extracted.Error);
        using var reader = RegionFeatureReader.Open(_folder.File("f.safetensors"));
        Assert.Equal(256, reader.Read("scene_000001").FeatureSize);

        // What it finds are the regions of another model, which brings it along.
        var vqa = ToolRun.Run(
            "train", "vqa", "--questions", Path.Combine(scenes, "train_questions.json"), "--annotations", Path.Combine(scenes, "train_annotations.json"),
            "--images", Path.Combine(scenes, "images"), "--detector", _folder.File("detector.zip"), "--epochs", "1", "--held-out", "0.25", "--output",
            _folder.File("vqa.zip"), "--json");
        Assert.InRange(vqa.Json().GetProperty("accuracy").GetDouble(), 0, 1);
        var asked = ToolRun.Run(
            "score", "--model", _folder.File("vqa.zip"), "--image", Path.Combine(scenes, "images", "scene_000001.png"), "--question", "is there a circle?");
        Assert.True(asked.Code == 0, asked.Error);
        ToolRun.Run(
            "train", "vqa", "--questions", "q", "--annotations", "a", "--features", _folder.File("f.safetensors"), "--detector", _folder.File("detector.zip"),
            "--output", _folder.File("x.zip")).AssertFailed(1, "'q'");

        // A model file is where another training begins; its sizes come along.
        var more = ToolRun.Run(
            "train", "detector", "--annotations", Path.Combine(scenes, "val_instances.json"), "--images", Path.Combine(scenes, "images"), "--epochs", "1",
            "--init", _folder.File("detector.zip"), "--output", _folder.File("more.zip"));
        Assert.True(more.Code == 0, more.Error);
        Assert.Contains("saved", more.Error);
    }

    [Fact]
    public void Pascal_vocs_folder_is_read_and_objects_without_size_are_left_out()
    {
        var scenes = Scenes();
        Directory.CreateDirectory(_folder.File("voc"));
        File.WriteAllText(_folder.File("voc/scene_000001.xml"), """
            <annotation><filename>scene_000001.png</filename><size><width>96</width><height>96</height><depth>3</depth></size>
            <object><name>thing</name><bndbox><xmin>10</xmin><ymin>10</ymin><xmax>40</xmax><ymax>40</ymax></bndbox></object>
            <object><name>thing</name><bndbox><xmin>10</xmin><ymin>10</ymin><xmax>10</xmax><ymax>40</ymax></bndbox></object>
            </annotation>
            """);
        var run = ToolRun.Run(
            "train", "detector", "--annotations", _folder.File("voc"), "--images", Path.Combine(scenes, "images"), "--epochs", "1", "--output",
            _folder.File("voc.zip"));
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("1 objects without width or height are left out", run.Error);
        Assert.Contains("1 images with 1 objects", run.Error);
    }

    [Fact]
    public void What_does_not_go_together_is_told()
    {
        ToolRun.Run("evaluate", "detection", "--annotations", "a").AssertFailed(2, "Either --results is needed, or --detector with --images.");
        ToolRun.Run("evaluate", "detection", "--annotations", "a", "--results", "r", "--detector", "d").AssertFailed(2, "Either --results");
        ToolRun.Run("train", "detector", "--annotations", "a", "--images", "b", "--output", _folder.File("x.zip"), "--held-out", "1")
            .AssertFailed(2, "--held-out 1: expected a share");
    }

    private string Scenes()
    {
        var path = _folder.File("scenes");
        var rendered = ToolRun.Run("scenes", "--output", path, "--scenes", "8", "--val-scenes", "2");
        Assert.True(rendered.Code == 0, rendered.Error);
        return path;
    }

    private ToolRun Train(string scenes, params string[] more)
    {
        var run = ToolRun.Run(
            ["train", "detector", "--annotations", Path.Combine(scenes, "train_instances.json"), "--images", Path.Combine(scenes, "images"), "--epochs", "2",
                "--output", _folder.File("detector.zip"), .. more]);
        Assert.True(run.Code == 0, run.Error);
        return run;
    }
}
