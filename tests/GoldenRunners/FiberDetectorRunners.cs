using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>fiber's detector on ONNX Runtime.</summary>
internal sealed class OnnxFiberDetectorRunner : OnnxGoldenRunner
{
    public override string System => "fiber";

    public override IReadOnlyCollection<string> Kinds => FiberDetectorCases<GraphValue>.Kinds;

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.FiberDetector();

    protected override bool IsInput(GoldenCase c, string output) => FiberDetectorArrays.IsOfArrays(output);
}

/// <summary>fiber's detector on TorchSharp, with gradients where the case has them.</summary>
internal sealed class TorchFiberDetectorRunner : IGoldenRunner
{
    private const string OfInput = "input.";

    public string System => "fiber";

    public IReadOnlyCollection<string> Kinds => FiberDetectorCases<Tensor>.Kinds;

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        var parameters = TorchGolden.Parameters(c.Has("weights.safetensors") ? c.Weights : null);
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var values = new FiberDetectorCases<Tensor>(c, new TorchEngine(parameters), Input).Values();
        TorchGolden.CheckValues(c, c.Outputs.Names.Where(name => !FiberDetectorArrays.IsOfArrays(name)), values);
        if (c.Kind == "fg_anchors") CheckVisible(c, values);
        if (!c.Has("grads.safetensors")) return;

        var probes = c.Inputs.Names.Where(name => name.StartsWith("probe_", StringComparison.Ordinal));
        var loss = probes.Select(name => (values["out_" + name[6..]] * TorchGolden.ToTensor(c.Inputs[name])).sum()).Aggregate((a, b) => a + b);
        GoldenAssert.Close(c.Scalars["loss"], loss.ToDouble(), c.Tolerance, c, "loss");
        loss.backward();
        foreach (var name in c.Grads.Names)
        {
            var gradient = name.StartsWith(OfInput, StringComparison.Ordinal) ? inputs[name[OfInput.Length..]].grad : parameters[name].grad;
            Assert.True(gradient is not null, $"{c}: {name} has no gradient.");
            GoldenAssert.Close(c.Grads[name], TorchGolden.ToArray(gradient), gradient.shape, c, name);
        }

        Tensor Input(string name)
        {
            if (inputs.TryGetValue(name, out var known)) return known;
            var tensor = TorchGolden.ToTensor(c.Inputs[name]);
            return inputs[name] = c.Has("grads.safetensors") && c.Grads.TryGet(OfInput + name, out _) ? tensor.requires_grad_() : tensor;
        }
    }

    private static void CheckVisible(GoldenCase c, IReadOnlyDictionary<string, Tensor> values)
    {
        float[] anchors = [.. Enumerable.Range(0, values.Count).SelectMany(level => TorchGolden.ToArray(values[$"anchors_level_{level}"]))];
        foreach (var (image, size) in FiberDetectorGolden.ImageSizes(c).Index())
        {
            var visible = new long[anchors.Length / 4];
            Array.Fill(visible, 1);
            DetectionObjective.IgnoreOutside(visible, anchors, size.Height, size.Width, 0);
            GoldenAssert.Close(c, $"visibility_image_{image}", [.. visible.Select(mark => mark == 1 ? 1f : 0)], [visible.Length]);
        }
    }
}

/// <summary>fiber's detector: what plain arrays compute.</summary>
internal static class FiberDetectorArrays
{
    public static bool IsOfArrays(string output) =>
        output is "xywh" or "resized" or "hflip" or "area" or "iou" || output.StartsWith("visibility_", StringComparison.Ordinal);

    public static void CheckBoxes(GoldenCase c)
    {
        // The reference cuts its boxes off in place.
        var boxes = c.Outputs["clipped"].ToSingles();
        float[] old = Sides("image_wh"), size = Sides("new_wh");
        GoldenAssert.Close(c, "xywh", PixelBoxes.Extents(boxes), c.Outputs["xywh"].Shape);
        GoldenAssert.Close(c, "area", PixelBoxes.Areas(boxes), c.Outputs["area"].Shape);
        GoldenAssert.Close(c, "hflip", PixelBoxes.Flip(boxes, old[0]), c.Outputs["hflip"].Shape);
        GoldenAssert.Close(c, "resized", PixelBoxes.Scale(boxes, size[0] / old[0], size[1] / old[1]), c.Outputs["resized"].Shape);
        var overlaps = boxes.Chunk(4).SelectMany(a => boxes.Chunk(4).Select(b => BoxOverlap.Of(a, b)));
        GoldenAssert.Close(c, "iou", [.. overlaps], c.Outputs["iou"].Shape);

        float[] Sides(string option) => [.. c.Config.GetProperty(option).EnumerateArray().Select(side => side.GetSingle())];
    }
}
