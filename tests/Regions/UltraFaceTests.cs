using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>Somebody else's face detector, from a photograph's file to faces: where the golden case, which resizes with Pillow, has them.</summary>
public sealed class UltraFaceTests
{
    [SkippableFact]
    public void Faces_are_where_the_case_has_them()
    {
        var folder = TestData.SharedData("checkpoints_onnx/ultraface");
        var ml = new MLContext(1);
        var rows = ml.Data.LoadFromEnumerable([new Row { ImagePath = Path.Combine(folder, "images", "2.jpg") }]);
        using var model = ml.Transforms.LoadImageFiles("Image", "", "ImagePath")
            .Append(ml.Transforms.DetectRegions(
                "Image", Path.Combine(folder, "version-slim-320_simplified.onnx"), OnnxDetector.Known["ultraface"], DetectedFeatures.Scores))
            .Fit(rows);
        var found = model.Transform(rows);
        using var c = GoldenCases.Get("frcnn", "onnx_ultraface_slim-a");
        var expected = c.Outputs["post.boxes_pixels"].ToInt64s();
        var boxes = found.GetColumn<float[]>("RegionBoxes").Single();
        Assert.Equal(expected.Length, boxes.Length);
        for (var i = 0; i < boxes.Length; i++) Assert.Equal(expected[i], boxes[i], 2.5f);
        GoldenAssert.Close(c.Outputs["post.probs"].ToSingles(), found.GetColumn<float[]>("RegionScores").Single(), 2e-3, "scores");
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }
}
