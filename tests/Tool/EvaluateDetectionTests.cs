using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

public sealed class EvaluateDetectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Cocos_files_are_measured()
    {
        var found = ToolRun.Run("evaluate", "detection", "--annotations", Write("i.json", """
            {"images": [{"id": 7, "file_name": "a.jpg"}], "categories": [{"id": 1, "name": "cat"}],
             "annotations": [{"image_id": 7, "category_id": 1, "bbox": [1, 2, 30, 40], "area": 1200, "iscrowd": 0, "id": 5}]}
            """), "--results", Write("r.json", """[{"image_id": 7, "category_id": 1, "bbox": [1, 2, 30, 40], "score": 0.5}]"""), "--per-class").Json();
        Assert.Equal(1, found.GetProperty("AP").GetDouble(), 1e-9);
        Assert.Equal(-1, found.GetProperty("APsmall").GetDouble());
        Assert.Equal(1, found.GetProperty("vocMeanAP").GetDouble());
        Assert.Equal(1, found.GetProperty("classes").GetProperty("cat").GetProperty("AP").GetDouble(), 1e-9);
    }

    [SkippableFact]
    public void Cocos_example_is_measured()
    {
        var folder = TestData.SharedData("detection");
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        var fake = Path.Combine(folder, "cocoapi_fake100");
        var found = ToolRun.Run(
            "evaluate", "detection", "--annotations", Path.Combine(fake, "instances_val2014_100.json"),
            "--results", Path.Combine(fake, "instances_val2014_fakebbox100_results.json")).Json();
        var values = expected.RootElement.GetProperty("cocoapi_fake100").GetProperty("bbox").GetProperty("values");
        Assert.Equal(values[0].GetDouble(), found.GetProperty("AP").GetDouble(), 1e-4);
        Assert.Equal(values[11].GetDouble(), found.GetProperty("ARlarge").GetDouble(), 1e-4);
    }

    [Fact]
    public void A_threshold_beyond_its_range_is_refused() =>
        ToolRun.Run("evaluate", "detection", "--annotations", "a", "--results", "b", "--voc-threshold", "1.5").AssertFailed(2, "--voc-threshold 1.5");

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
