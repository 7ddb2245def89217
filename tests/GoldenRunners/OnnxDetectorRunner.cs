using System.Security.Cryptography;
using System.Text.Json;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>What a case of somebody else's ONNX detector says of it.</summary>
internal static class OnnxDetectorCase
{
    private const string Folder = "checkpoints_onnx";

    /// <summary>Of a case of another kind nothing is asked; of this kind the faces of UltraFace are described.</summary>
    public static string? WhyNotDescribed(GoldenCase c) => c.Kind != "onnx" || c.Config.TryGetProperty("candidate_size", out _)
        ? null
        : "what follows the detector's outputs is described for UltraFace alone";

    /// <summary>The description of the case's detector, and of what follows it.</summary>
    public static OnnxDetector Describe(GoldenCase c)
    {
        var shape = c.Inputs["input"].Shape;
        var isRaw = Flag(c, "boxes_output_is_raw_locations");
        var known = OnnxDetector.UltraFace((int)shape[3], (int)shape[2]);
        return known with
        {
            Threshold = c.Config.GetProperty("threshold").GetSingle(),
            Overlap = c.Config.GetProperty("iou_threshold").GetDouble(),
            Candidates = c.Config.GetProperty("candidate_size").GetInt32(),
            Boxes = isRaw ? Raw(c, known.Boxes) : new() { Units = OnnxBoxUnits.Fractions },
        };
    }

    /// <summary>Width and height of the image.</summary>
    public static float[] ImageSize(GoldenCase c) => [.. c.Json.GetProperty("image_size_wh").EnumerateArray().Select(side => side.GetSingle())];

    /// <summary>The model of the case, beside it or with the data of third parties; null where it is not there.</summary>
    public static string? FindModel(GoldenCase c)
    {
        var name = c.Json.GetProperty("reference_module").GetString()!;
        var digest = c.Json.GetProperty("model_sha256").GetString()!;
        name = name.EndsWith(".onnx", StringComparison.Ordinal) ? name : name + ".onnx";
        var shared = TestData.FindSharedData(Folder);
        return new[] { c.Folder, shared }.OfType<string>()
            .SelectMany(folder => Directory.EnumerateFiles(folder, name, SearchOption.AllDirectories))
            .FirstOrDefault(file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))) == digest);
    }

    private static OnnxBoxes Raw(GoldenCase c, OnnxBoxes boxes)
    {
        float centre = c.Config.GetProperty("center_variance").GetSingle(), size = c.Config.GetProperty("size_variance").GetSingle();
        var maps = c.Config.GetProperty("feature_maps_wh").EnumerateArray().ToArray();
        var sides = c.Config.GetProperty("min_boxes").EnumerateArray().ToArray();
        return boxes with
        {
            Variances = [centre, centre, size, size],
            Levels =
            [
                .. maps.Zip(sides).Select(level => new OnnxLevel
                {
                    Columns = level.First[0].GetInt32(),
                    Rows = level.First[1].GetInt32(),
                    Anchors = [.. level.Second.EnumerateArray().Select(side => new[] { side.GetSingle(), side.GetSingle() })],
                }),
            ],
        };
    }

    private static bool Flag(GoldenCase c, string name) =>
        c.Json.GetProperty("scalars").TryGetProperty(name, out var flag) && flag.ValueKind == JsonValueKind.True;
}

/// <summary>
/// frcnn: somebody else's ONNX detector, run by the stages of DetectRegions: the model as they wrap it gives what the case has of it, and the stage
/// after it the regions.
/// </summary>
internal sealed class OnnxRegionsRunner : IGoldenRunner
{
    private const double RouteTolerance = 1e-3;

    public string System => "frcnn";

    public IReadOnlyCollection<string> Kinds => ["onnx"];

    public string Engine => "detector";

    public string? WhyNot(GoldenCase c) => OnnxDetectorCase.FindModel(c) is null ? $"needs {c.Json.GetProperty("reference_module")} beside the repository" : null;

    public void Run(GoldenCase c)
    {
        var isDescribed = OnnxDetectorCase.WhyNotDescribed(c) is null;
        var outputs = c.Outputs.Names.Where(name => !name.Contains('.', StringComparison.Ordinal)).ToList();
        var shape = c.Inputs["input"].Shape;
        var detector = isDescribed
            ? OnnxDetectorCase.Describe(c)
            : new()
            {
                InputWidth = (int)shape[3],
                InputHeight = (int)shape[2],
                Boxes = new() { Outputs = [.. outputs.Select(name => (OnnxOutput)name)] },
                Scores = new() { Outputs = [outputs[0]] },
            };
        var model = new DetectorModel(OnnxDetectorCase.FindModel(c)!, detector);
        using var stage = new OnnxRunner(Bytes(model.WriteTo));
        var input = c.Inputs["input"].ToSingles();
        var given = stage.Run(
            new Dictionary<string, OnnxTensor> { [DetectorInputGraph.Output] = OnnxTensor.Of(input, 1, input.Length) },
            [.. model.Names.Select(DetectorModel.ColumnOf)]);
        Assert.Subset(model.Names.ToHashSet(), outputs.ToHashSet());
        foreach (var name in outputs)
            GoldenAssert.Close(c.Outputs[name], given[DetectorModel.ColumnOf(name)].Singles, c.Outputs[name].Shape, c, name, RouteTolerance);
        if (!isDescribed) return;

        var settings = DetectorSettings.Create("Image", detector, new() { Features = DetectedFeatures.Scores, MinRegions = 0, MaxRegions = detector.Candidates });
        var tables = new DetectorTables(detector, model);
        var size = OnnxDetectorCase.ImageSize(c);
        given[StandardColumns.ImageSize.HelperName] = OnnxTensor.Of(size, 1, 2);
        using var last = new OnnxRunner(Bytes(DetectorOutputGraph.Create(settings.Of(model, tables), tables).WriteTo));
        var found = last.Run(given);

        // Regions end at the borders of the image.
        float[] sides = [.. size, .. size];
        float[] boxes = [.. c.Outputs["post.boxes_relative"].ToSingles().Select((part, i) => Math.Clamp(part * sides[i % 4], 0, sides[i % 4]) / sides[i % 4])];
        float[] ours = [.. found[StandardColumns.RegionBoxes.HelperName].Singles.Select((place, i) => place / sides[i % 4])];
        GoldenAssert.Close(boxes, ours, RouteTolerance, "boxes");
        GoldenAssert.Close(c.Outputs["post.probs"].ToSingles(), found[DetectorOutputGraph.Scores].Singles, RouteTolerance, "scores");
        Assert.All(found[DetectorOutputGraph.Classes].Int64s, number => Assert.Equal(0, number));
    }

    private static byte[] Bytes(Action<Stream> write)
    {
        using var memory = new MemoryStream();
        write(memory);
        return memory.ToArray();
    }
}
