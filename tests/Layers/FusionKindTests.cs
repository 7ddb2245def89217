using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Layers;

/// <summary>How FIBER's towers read each other, of every kind and depth, on both engines.</summary>
[Collection(TorchCollection.Name)]
public sealed class FusionKindTests
{
    private const int Pixels = 3 * DrawnRegions.Side * DrawnRegions.Side;

    public static TheoryData<string, int> Kinds
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var kind in new[] { "gated", "ungated", "merged" })
                foreach (var blocks in new[] { 2, 3, 4 }) data.Add(kind, blocks);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Both_engines_give_the_same_at_every_size(string kind, int blocks)
    {
        var model = Model(kind, blocks);
        using var parameters = Parameters(model);
        long[][][] batches =
        [
            [[5]], [[2, 5, 6, 3]], [[2, 7, 3, 1, 1], [2, 7, 8, 9, 3]], [[4, 1, 1], [2, 5, 3], [2, 3, 1]],
        ];
        foreach (var (number, texts) in batches.Index())
        {
            var (ids, pixels) = (texts.SelectMany(text => text).ToArray(), Images(texts.Length, number));
            long[] mask = [.. ids.Select(id => id == model.PaddingWord ? 0L : 1)];
            using var scope = NewDisposeScope();
            using var untracked = no_grad();
            var torch = States(new TorchEngine(parameters), model, Whole(ids), Whole(mask), TorchSharp.torch.tensor(pixels, [texts.Length, Pixels]));
            var onnx = RunGraph(model, parameters, ids, mask, pixels, texts.Length);
            foreach (var (name, value) in torch) GoldenAssert.Close(Numbers(value), onnx[name], 2e-5, $"{kind} {blocks} {name} of batch {number}");

            Tensor Whole(long[] values) => TorchSharp.torch.tensor(values, [texts.Length, values.Length / texts.Length]);
        }
    }

    /// <summary>What fills a text up is never read: not by the text, and not by the image.</summary>
    [Theory]
    [InlineData("gated")]
    [InlineData("ungated")]
    [InlineData("merged")]
    public void Padding_changes_nothing_and_each_tower_reads_the_other(string kind)
    {
        var model = Model(kind, 3);
        using var parameters = Parameters(model);
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        var pixels = TorchSharp.torch.tensor(Images(1, 1), [1, Pixels]);
        Dictionary<string, Tensor> Of(long[] ids, Tensor image) => States(
            new TorchEngine(parameters), model, TorchSharp.torch.tensor(ids, [1, ids.Length]),
            TorchSharp.torch.tensor([.. ids.Select(id => id == 1 ? 0L : 1)], [1, ids.Length]), image);
        var (plain, padded) = (Of([2, 5, 3], pixels), Of([2, 5, 3, 1, 1, 1], pixels));
        GoldenAssert.Close(Numbers(plain["joint"]), Numbers(padded["joint"]), 1e-5, kind);
        GoldenAssert.Close(Numbers(plain["image"]), Numbers(padded["image"]), 1e-5, kind);
        var (otherText, otherImage) = (Of([2, 9, 3], pixels), Of([2, 5, 3], TorchSharp.torch.tensor(Images(1, 2), [1, Pixels])));
        Assert.True(otherText["image"].sub(plain["image"]).abs().max().ToSingle() > 1e-4);
        Assert.True(otherImage["text"].sub(plain["text"]).abs().max().ToSingle() > 1e-4);
    }

    [Fact]
    public void A_kind_has_its_own_parameters_and_is_kept_in_the_configuration()
    {
        HashSet<string> Names(string kind) => [.. Of(Model(kind, 3)).Select(parameter => parameter.Name)];
        Assert.Equal(
            Names("gated").Except(Names("ungated")), Names("gated").Where(name => name.Contains(".alpha_", StringComparison.Ordinal)), StringComparer.Ordinal);
        string[] gone = [.. Names("ungated").Except(Names("merged"))];
        Assert.Contains(gone, name => name.EndsWith(".qkv_i2t.weight", StringComparison.Ordinal));
        Assert.Contains(gone, name => name.EndsWith("crossattention_t2i.self.query.weight", StringComparison.Ordinal));
        Assert.Empty(Names("merged").Except(Names("gated")));
        Assert.Contains(Names("merged"), name => name.EndsWith(".qkv_text_i2t.weight", StringComparison.Ordinal));
        var read = FiberConfig.FromJson(Model("merged", 4).ToJson());
        Assert.Equal(("merged", 4), (read.FusionKind, read.FusedBlocks));
        Assert.Contains("neither 'gated', 'ungated' nor 'merged'", Assert.ThrowsAny<ArgumentException>(
            () => FiberConfig.FromJson(Model("other", 3).ToJson())).Message);
    }

    /// <summary>An image of several windows, of which some are shifted; four layers of text, so that each fused block has one.</summary>
    private static FiberConfig Model(string kind, int blocks) => (FiberConfig)Questions.ModelOf("fiber") with
    {
        FusionKind = kind,
        FusedBlocks = blocks,
        TextLayers = 4,
    };

    private static IReadOnlyList<ModelParameter> Of(FiberConfig model) => ShapedInputs.List(model, engine => Run(engine, model, ShapedInputs.Of(model)));

    private static ModelParameters Parameters(FiberConfig model)
    {
        var parameters = new ModelParameters(Of(model), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.2, 5);
        using var untracked = no_grad();
        foreach (var gate in parameters.Specs.Where(spec => spec.Role == ParameterRole.Gate)) parameters[gate.Name].fill_(0.5f);
        return parameters;
    }

    private static Dictionary<string, T> Run<T>(IRegionEngine<T> engine, FiberConfig model, ModelInputs<T> inputs)
        where T : class
    {
        var states = model.Build(engine, inputs);
        return new() { ["text"] = states.Text, ["image"] = states.Image, ["joint"] = states.Joint };
    }

    private static Dictionary<string, Tensor> States(TorchEngine engine, FiberConfig model, Tensor ids, Tensor mask, Tensor pixels) =>
        Run(engine, model, new(ids, mask, torch.zeros_like(ids), null!, null!, null!) { Pixels = pixels });

    private static Dictionary<string, float[]> RunGraph(
        FiberConfig model, ModelParameters parameters, long[] ids, long[] mask, float[] pixels, int rows)
    {
        var graph = new GraphBuilder("fusion");
        var engine = new GraphEngine(graph, parameters.AsSource());
        GraphValue id = graph.Input("ids", OnnxType.Int64, "B", "L"), attention = graph.Input("mask", OnnxType.Int64, "B", "L");
        var image = graph.Input("pixels", OnnxType.Float, "B", Pixels);
        foreach (var (name, value) in Run(engine, model, new(id, attention, attention, null!, null!, null!) { Pixels = image }))
            graph.Output(name, value);
        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
        return runner.Run(new Dictionary<string, OnnxTensor>(StringComparer.Ordinal)
        {
            ["ids"] = OnnxTensor.Of(ids, rows, ids.Length / rows),
            ["mask"] = OnnxTensor.Of(mask, rows, ids.Length / rows),
            ["pixels"] = OnnxTensor.Of(pixels, rows, Pixels),
        }).ToDictionary(pair => pair.Key, pair => pair.Value.Singles[..pair.Value.Count], StringComparer.Ordinal);
    }

    private static float[] Numbers(Tensor value) => value.contiguous().data<float>().ToArray();

    private static float[] Images(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count * Pixels).Select(_ => (random.NextSingle() - 0.5f) * 2)];
    }
}
