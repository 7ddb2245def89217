using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Layers;

/// <summary>Heads that read the joint vector alone get it from an encoder that computes no other last state; it must be the same vector.</summary>
public sealed class FirstStatesTests
{
    public static TheoryData<string> Models => [.. Small.Keys];

    private static readonly Dictionary<string, VisionLanguageModel> Small = new()
    {
        ["ViLBERT"] = ViLbertConfig.Tiny with { VocabularySize = 50, RegionFeatureSize = 12 },
        ["ViLBERT whose text goes on"] = ViLbertConfig.Tiny with { VocabularySize = 50, RegionFeatureSize = 12, TextLayers = 4, ImageLayers = 3 },
        ["ViLBERT without co-attention"] = ViLbertConfig.Tiny with { VocabularySize = 50, RegionFeatureSize = 12, CoAttention = false },
        ["ViLBERT with gates and task tokens"] =
            ViLbertConfig.Tiny with { VocabularySize = 50, RegionFeatureSize = 12, DynamicAttention = true, TaskTokens = true },
        ["LXMERT"] = new LxmertConfig
        {
            VocabularySize = 50,
            RegionFeatureSize = 12,
            HiddenSize = 24,
            Heads = 3,
            IntermediateSize = 32,
            MaxPositions = 20,
            LanguageLayers = 2,
            CrossLayers = 2,
            RelationshipLayers = 1,
        },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void The_joint_vector_is_the_same_on_libtorch(string name)
    {
        var network = Network(name);
        using var parameters = new ModelParameters(network.Parameters(), torch.CPU);
        parameters.Initialize(WeightInitialization.Normal, 0.1, seed: 3);
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.no_grad();
        var engine = new TorchEngine(parameters);
        var inputs = ModelInputs<torch.Tensor>.Of(column => Torch(column));
        var (whole, cut) = (network.Logits(engine, inputs, (_, _) => { }), network.Logits(engine, inputs));
        GoldenAssert.Close([.. whole.data<float>()], [.. cut.data<float>()], 1e-5, name);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_joint_vector_is_the_same_in_a_graph(string name)
    {
        var network = Network(name);
        using var parameters = new ModelParameters(network.Parameters(), torch.CPU);
        parameters.Initialize(WeightInitialization.Normal, 0.1, seed: 3);
        var graph = new GraphBuilder(name);
        var engine = new GraphEngine(graph, parameters.AsSource());
        var inputs = ModelInputs<GraphValue>.Of(column => Values(column) is { } numbers
            ? graph.Constant(numbers.Values, numbers.Shape)
            : graph.Constant(Ids(column), 2, 5));
        graph.Output("whole", network.Logits(engine, inputs, (_, _) => { }));
        graph.Output("cut", network.Logits(engine, inputs));
        using var runner = new OnnxRunner(graph.ToArray());
        var outputs = runner.Run(new Dictionary<string, OnnxTensor>());
        GoldenAssert.Close(outputs["whole"].Singles, outputs["cut"].Singles, 1e-5, name);
    }

    [Fact]
    public void The_states_that_were_left_out_are_not_given()
    {
        var model = Small["ViLBERT"];
        var inputs = ShapedInputs.Of(model) with { JointOnly = true };
        ModelStates<ShapeValue>? states = null;
        Lister.List(engine => states = model.Build(engine, inputs));
        Assert.NotNull(states!.Joint);
        Assert.Contains("joint vector alone", Assert.Throws<InvalidOperationException>(() => states.Text).Message);
        Assert.Throws<InvalidOperationException>(() => states.Image);
    }

    private static TaskNetwork Network(string name) => new(Small[name], Small[name].FindAnswerClassifier(AnswerHead.Vqa), 7);

    /// <summary>Two rows; the second is padded on both sides.</summary>
    private static long[] Ids(Column column) =>
        column == StandardColumns.InputIds ? [2, 17, 31, 8, 3, 2, 9, 3, 0, 0]
        : column == StandardColumns.AttentionMask ? [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
        : new long[10];

    private static (float[] Values, long[] Shape)? Values(Column column) =>
        column == StandardColumns.RegionFeatures ? ([.. Enumerable.Range(0, 2 * 3 * 12).Select(i => MathF.Sin(i))], [2, 3, 12])
        : column == StandardColumns.RegionBoxes
            ? ([10, 20, 60, 50, 0, 5, 100, 45, 1, 2, 3, 4, 5, 6, 50, 40, -2, -2, -2, -2, -2, -2, -2, -2], [2, 3, 4])
        : column == StandardColumns.ImageSize ? ([100, 50, 64, 48], [2, 2]) : null;

    private static torch.Tensor Torch(Column column) => Values(column) is { } numbers
        ? torch.tensor(numbers.Values, numbers.Shape)
        : torch.tensor(Ids(column), 2, 5);
}
