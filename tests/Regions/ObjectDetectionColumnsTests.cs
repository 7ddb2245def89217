using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.TorchSharp;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>What a detector finds beside ML.NET's own object detection: its evaluator reads our columns, our regions are its boxes.</summary>
public sealed class ObjectDetectionColumnsTests
{
    private static readonly string Checkpoint = TestData.Golden("frcnn", "e2e_single-a", "weights.safetensors");

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Its_evaluator_reads_what_a_detector_finds()
    {
        var found = Found(choice: RegionChoice.Best, boxes: null);

        // Its evaluator takes labels as texts.
        var texts = _ml.Transforms.Conversion.MapKeyToValue("Found", "RegionClasses").Fit(found).Transform(found);
        var rows = _ml.Data.CreateEnumerable<Detected>(texts, reuseRowObject: false).ToList();
        var labelled = _ml.Data.LoadFromEnumerable(rows.Select(row => new Labelled
        {
            // All that is found is there: it knows no class that is in no picture.
            Labels = row.Found,
            Boxes = row.RegionBoxes,
            Found = row.Found,
            RegionBoxes = row.RegionBoxes,
            RegionScores = row.RegionScores,
        }));
        var theirs = _ml.MulticlassClassification.EvaluateObjectDetection(
            labelled, labelled.Schema["Labels"], labelled.Schema["Boxes"], labelled.Schema["Found"], labelled.Schema["RegionBoxes"],
            labelled.Schema["RegionScores"]);
        var ours = _ml.VisionLanguage().EvaluateDetection(
            labelled, predictedLabelColumnName: "Found", predictedBoxesColumnName: "RegionBoxes", scoreColumnName: "RegionScores");
        Assert.Equal(1, ours.AveragePrecision50, 1e-9);
        Assert.Equal(ours.AveragePrecision50, theirs.MAP50, 1e-6);

        // Ours reads the keys as they are.
        var keys = _ml.VisionLanguage().EvaluateDetection(
            _ml.Transforms.CopyColumns("Labels", "RegionClasses").Append(_ml.Transforms.CopyColumns("Boxes", "RegionBoxes")).Fit(found).Transform(found),
            predictedLabelColumnName: "RegionClasses", predictedBoxesColumnName: "RegionBoxes", scoreColumnName: "RegionScores");
        Assert.Equal(1, keys.AveragePrecision50, 1e-9);
    }

    [Fact]
    public void Its_predicted_boxes_are_regions()
    {
        float[] boxes = [5, 5, 40, 30, 60, 20, 100, 60];
        var found = Found(RegionChoice.Given, boxes);
        var row = _ml.Data.CreateEnumerable<Regions>(found, reuseRowObject: false).First();
        Assert.Equal(boxes, row.RegionBoxes);
        Assert.Equal(2 * 128, row.RegionFeatures.Length);
    }

    private IDataView Found(RegionChoice choice, float[]? boxes)
    {
        using var c = GoldenCases.Get("frcnn", "e2e_single-a");
        var options = new RegionFeatureOptions
        {
            Detector = DetectronOptions.Read(c.Config.GetRawText(), "case"),
            Choice = choice,
            BoxesColumnName = boxes is null ? null : nameof(Picture.PredictedBoundingBoxes),
        };
        var rows = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 2).Select(i => new Picture
        {
            Image = Draw(i),
            PredictedBoundingBoxes = boxes ?? [],
        }).ToList());
        return _ml.Transforms.ExtractRegionFeatures("Image", Checkpoint, options).Fit(rows).Transform(rows);
    }

    private static MLImage Draw(int seed)
    {
        const int width = 140, height = 97;
        var pixels = new byte[width * height * 4];
        new Random(seed).NextBytes(pixels);
        for (var i = 3; i < pixels.Length; i += 4) pixels[i] = byte.MaxValue;
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    private sealed class Picture
    {
        [ImageType(97, 140)]
        public MLImage? Image { get; set; }

        /// <summary>As ML.NET's object detection adds it: x0 y0 x1 y1 of each object.</summary>
        public float[] PredictedBoundingBoxes { get; set; } = [];
    }

    private sealed class Regions
    {
        public float[] RegionBoxes { get; set; } = [];

        public float[] RegionFeatures { get; set; } = [];
    }

    private sealed class Detected
    {
        public string[] Found { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        public float[] RegionScores { get; set; } = [];
    }

    private sealed class Labelled
    {
        public string[] Labels { get; set; } = [];

        public float[] Boxes { get; set; } = [];

        public string[] Found { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        public float[] RegionScores { get; set; } = [];
    }
}
