using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>frcnn on ONNX Runtime.</summary>
internal sealed class OnnxDetectorRunner : OnnxGoldenRunner
{
    public override string System => "frcnn";

    public override IReadOnlyCollection<string> Kinds => DetectorCases<GraphValue>.Kinds;

    public override string? WhyNot(GoldenCase c) => OnnxDetectorCase.WhyNotDescribed(c);

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.Detector();

    protected override CheckpointTensor InputTensor(GoldenCase c, string name) => DetectorCaseInputs.Tensor(c, name);

    protected override bool IsInput(GoldenCase c, string output) => DetectorCaseInputs.IsGiven(c, output);
}

/// <summary>frcnn on TorchSharp, with the gradients of what the case has cotangents of.</summary>
internal sealed class TorchDetectorRunner : IGoldenRunner
{
    private const string OfInput = "input.";

    public string System => "frcnn";

    public IReadOnlyCollection<string> Kinds => DetectorCases<Tensor>.Kinds;

    public string Engine => "torch";

    public string? WhyNot(GoldenCase c) => OnnxDetectorCase.WhyNotDescribed(c);

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        var hasGradients = c.Has("grads.safetensors");
        var parameters = TorchGolden.Parameters(c.Has("weights.safetensors") ? c.Weights : null);
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var values = new DetectorCases<Tensor>(c, new TorchEngine(parameters), Input).Values();
        TorchGolden.CheckValues(c, c.Outputs.Names.Where(name => !DetectorCaseInputs.IsGiven(c, name)), values);
        if (!hasGradients) return;
        Backward(c, values);
        foreach (var name in c.Grads.Names)
        {
            var isInput = name.StartsWith(OfInput, StringComparison.Ordinal);
            CheckGradient(c, name, isInput ? inputs[name[OfInput.Length..]].grad : parameters[name].grad);
        }

        var others = parameters.Specs.Where(spec => !c.Grads.TryGet(spec.Name, out _) && parameters[spec.Name].grad is not null);
        Assert.Empty(others.Select(spec => spec.Name));

        Tensor Input(string name)
        {
            if (inputs.TryGetValue(name, out var known)) return known;
            var tensor = TorchGolden.ToTensor(DetectorCaseInputs.Tensor(c, name));
            return inputs[name] = hasGradients && c.Grads.TryGet(OfInput + name, out _) ? tensor.requires_grad_() : tensor;
        }
    }

    /// <summary>From the sum of all values times the case's cotangents of them.</summary>
    public static void Backward(GoldenCase c, IReadOnlyDictionary<string, Tensor> values)
    {
        var terms = c.Inputs.Names.Where(name => name.StartsWith("cotangent", StringComparison.Ordinal)).Select(name =>
        {
            // A case with one value names it nowhere.
            var value = name == "cotangent" ? c.Outputs.Names.Single(output => !output.StartsWith("intermediate.", StringComparison.Ordinal)) : name[10..];
            return (values[value] * TorchGolden.ToTensor(c.Inputs[name])).sum();
        });
        terms.Aggregate((a, b) => a + b).backward();
    }

    /// <summary>Each gradient is the case's within a part of its largest entry.</summary>
    public static void CheckGradient(GoldenCase c, string name, Tensor? gradient)
    {
        Assert.True(gradient is not null, $"{c}: {name} has no gradient.");
        var expected = c.Grads[name];
        var largest = expected.ToSingles().Max(Math.Abs);
        GoldenAssert.Close(
            expected, TorchGolden.ToArray(gradient), gradient.shape, c, name, c.ToleranceNumber("grad_max_relative")!.Value * largest);
    }
}

/// <summary>What cases of the detector are given.</summary>
internal static class DetectorCaseInputs
{
    /// <summary>A third party's graph is not here; what it gave is.</summary>
    public static CheckpointTensor Tensor(GoldenCase c, string name) => c.Kind == "onnx" ? c.Outputs[name] : c.Inputs[name];

    /// <summary>
    /// What a third party's graph gave is given. What the reference repeats for an image without enough regions is not asked for: here
    /// such an image has those that it has.
    /// </summary>
    public static bool IsGiven(GoldenCase c, string output) =>
        (c.Kind == "onnx" && !output.StartsWith("post.", StringComparison.Ordinal))
        || (c.Variant == "roi_outputs_fallback" && output.EndsWith(".1", StringComparison.Ordinal));
}

/// <summary>frcnn: sizes of images and maps, and the cells of boxes, by numbers alone.</summary>
internal sealed class DetectorSizesRunner : IGoldenRunner
{
    public string System => "frcnn";

    public IReadOnlyCollection<string> Kinds => ["preprocess_sizes", "backbone_sizes", "roi_bin_table", "roi_rounding"];

    public string Engine => "data";

    public void Run(GoldenCase c)
    {
        switch (c.Kind)
        {
            case "preprocess_sizes": CheckImages(c); break;
            case "backbone_sizes": CheckMaps(c); break;
            case "roi_bin_table": CheckCells(c); break;
            default: CheckSides(c); break;
        }
    }

    private static void CheckImages(GoldenCase c)
    {
        var config = DetectronOptions.Read(c.Config.GetRawText(), c.ToString());
        var raw = c.Inputs["raw_sizes"].ToInt64s();
        var sizes = raw.Chunk(2).Select(size => FasterRcnnNetwork.ResizedSize(config, (int)size[0], (int)size[1])).ToList();
        long[] flat = [.. sizes.SelectMany(size => new long[] { size.Height, size.Width })];
        GoldenAssert.Equal(c.Outputs["sizes"], flat, c.Outputs["sizes"].Shape, c, "sizes");
        GoldenAssert.Close(c, "scales_yx", [.. raw.Zip(flat, (before, after) => (float)before / after)], c.Outputs["scales_yx"].Shape);
    }

    private static void CheckMaps(GoldenCase c)
    {
        var table = c.Inputs["lengths"].ToInt64s().SelectMany(length =>
        {
            var (caffe, padded) = (Sizes(length, true), Sizes(length, false));
            return new[] { caffe[0], caffe[1], caffe[2], caffe[3], padded[1], padded[2], padded[3] };
        });
        GoldenAssert.Equal(c.Outputs["table"], [.. table], c.Outputs["table"].Shape, c, "table");
    }

    /// <summary>Sides of what conv1, the pool, res3 and res4 give; -1 where a window does not fit.</summary>
    private static long[] Sizes(long length, bool caffePool)
    {
        var sizes = new Dictionary<string, long>();
        Lister.List(engine => FasterRcnnBackbone.Map(
            engine, FasterRcnnConfig.VisualGenome with { CaffePool = caffePool }, new(1, 3, length, length), "", (name, value) => sizes[name] = value.Sizes[3]!.Value));
        var pooled = sizes["stem"] > 0;
        return [sizes["stem.conv1"], pooled ? sizes["stem"] : -1, pooled ? sizes["res3"] : -1, pooled ? sizes["res4"] : -1];
    }

    private static void CheckCells(GoldenCase c)
    {
        var count = c.Config.GetProperty("pooled").GetInt32();
        var cells = from size in c.Inputs["sizes"].ToInt64s()
                    from cell in Enumerable.Range(0, count)
                    let range = RoiCells.Cell(cell, count, (int)size)
                    from place in new long[] { range.From, range.To }
                    select place;
        GoldenAssert.Equal(c.Outputs["bins"], [.. cells], c.Outputs["bins"].Shape, c, "bins");
    }

    private static void CheckSides(GoldenCase c)
    {
        var sides = c.Inputs["edges"].ToSingles().Chunk(2).SelectMany(edge =>
        {
            var (start, end, length) = RoiCells.Side(edge[0], edge[1], c.Config.GetProperty("spatial_scale").GetSingle());
            return new long[] { start, end, length };
        });
        GoldenAssert.Equal(c.Outputs["start_end_size"], [.. sides], c.Outputs["start_end_size"].Shape, c, "start_end_size");
    }
}
