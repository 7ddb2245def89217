using System.Text.Json;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Models;

/// <summary>The detector's parameters are its checkpoint's, and its options detectron2's.</summary>
public sealed class FasterRcnnTests
{
    [Fact]
    public void Faster_rcnn_lists_what_the_published_checkpoint_holds()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(TestData.Golden("frcnn", "full_shapes_frcnn_vg.json")));
        var config = FasterRcnnConfig.FromJson(file.RootElement.GetProperty("config").GetRawText());
        var list = FasterRcnnNetwork.Parameters(config);
        var expected = file.RootElement.GetProperty("shapes").EnumerateObject()
            .Select(pair => $"{pair.Name} [{string.Join(",", pair.Value.EnumerateArray())}]").Order(StringComparer.Ordinal);
        Assert.Equal(expected, list.Select(parameter => $"{parameter.Name} [{string.Join(",", parameter.Shape)}]").Order(StringComparer.Ordinal));
        Assert.Equal(65_439_870, list.Where(IsCounted).Sum(parameter => parameter.Count));

        // PyTorch counts no buffers.
        static bool IsCounted(ModelParameter parameter) => !parameter.Name.Contains(".running_", StringComparison.Ordinal) && parameter.Role != ParameterRole.Unused;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_frozen_is_the_references(int stages)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(TestData.Golden("frcnn", "freeze_at.json")));
        var expected = file.RootElement.GetProperty($"{stages}").EnumerateArray().Select(name => name.GetString()!);
        var config = FasterRcnnConfig.VisualGenome with { Depth = 50, FrozenStages = stages };
        var frozen = Lister.List(engine => FasterRcnnBackbone.Map(engine, config, new(1, 3, null, null), ""))
            .Where(parameter => parameter.Marks.HasFlag(ParameterMarks.Fixed) && parameter.Role is not (ParameterRole.Buffer or ParameterRole.Unused));
        Assert.Equal(expected.Order(StringComparer.Ordinal), frozen.Select(parameter => parameter.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Options_are_read_in_either_case_and_what_is_not_named_stays()
    {
        var config = FasterRcnnConfig.FromJson("""
            { "resnets": { "depth": 50, "norm": "FrozenBN" }, "Roi_Heads": { "NMS_THRESH_TEST": 0.4 }, "input": { "min_size_test": 600 } }
            """);
        Assert.Equal((50, true, 600, 1333, 36), (config.Depth, config.Normalizes, config.ShorterSide, config.LongerSide, config.MinRegions));
        Assert.Equal([0.4], config.RegionOverlaps);
    }

    [Theory]
    [InlineData("""{ "RESNETS": { "DEPTH": 18 } }""", "Depth")]
    [InlineData("""{ "RESNETS": { "NORM": "GN" } }""", "RESNETS.NORM")]
    [InlineData("""{ "RESNETS": { "OUT_FEATURES": ["res3", "res4"] } }""", "RESNETS.OUT_FEATURES")]
    [InlineData("""{ "ROI_BOX_HEAD": { "ATTR": false } }""", "ROI_BOX_HEAD.ATTR")]
    [InlineData("""{ "INPUT": { "FORMAT": "RGB" } }""", "INPUT.FORMAT")]
    [InlineData("""{ "MIN_DETECTIONS": 40 }""", "MinRegions")]
    [InlineData("""{ "ROI_BOX_HEAD": { "BBOX_REG_WEIGHTS": [1, 1, 1] } }""", "BoxWeights")]
    [InlineData("""{ "MODEL": { "PIXEL_STD": [1, 0, 1] } }""", "PixelDeviation")]
    public void What_is_not_possible_is_refused_by_name(string json, string option) =>
        Assert.Contains(option, Assert.Throws<ArgumentException>(() => FasterRcnnConfig.FromJson(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{ "RESNETS": 5 }""")]
    [InlineData("""{ "RESNETS": { "DEPTH": "101" } }""")]
    [InlineData("""{ "ANCHOR_GENERATOR": { "SIZES": [[32], [64]] } }""")]
    public void What_is_of_the_wrong_kind_is_refused(string json) => Assert.Throws<InvalidDataException>(() => FasterRcnnConfig.FromJson(json));

    [Fact]
    public void Published_names_match_whoever_saved_them()
    {
        using var c = GoldenCases.Get("frcnn", "e2e_single-a");
        var config = DetectronOptions.Read(c.Config.GetRawText(), "case");
        var match = ParameterMatch.Match(c.Weights, FasterRcnnNetwork.Parameters(config).Select(parameter => parameter.Spec), new());
        Assert.Empty(match.Missing);
        Assert.Empty(match.Unexpected);
        Assert.Empty(match.Mismatched);
    }
}
