using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Engine;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Models;

/// <summary>The residual network that looks at boxes for VL-BERT: its parameters, its options, and its numbers on both engines.</summary>
public sealed class VlBertBackboneTests
{
    private static readonly VlBertBackbone Small = VlBertBackbone.Tiny with { StemChannels = 4, StageChannels = 8, WidthPerGroup = 4 };

    /// <summary>Along borders, over all, beyond the last pixel, of no size, and in the middle.</summary>
    private static readonly float[] Boxes =
    [
        0, 0, 0, 9, 11, 0, 0, 0, 86, 60, 1, 70, 50, 87, 61, 1, 30, 20, 30, 20, 0, 12.5f, 7.25f, 13, 9, 1, 0, 40, 87, 61,
    ];

    [Fact]
    public void Its_parameters_are_torchvisions()
    {
        var list = List(new VlBertBackbone());
        Assert.Equal(44_549_160 - ((2048 + 1) * 1000), list.Where(IsCounted).Sum(parameter => parameter.Count));
        var shapes = list.ToDictionary(parameter => parameter.Name, parameter => string.Join(",", parameter.Shape));
        Assert.Equal("64,3,7,7", shapes["image_feature_extractor.backbone.conv1.weight"]);
        Assert.Equal("64", shapes["image_feature_extractor.backbone.bn1.running_var"]);
        Assert.Equal("256,64,1,1", shapes["image_feature_extractor.backbone.layer1.0.downsample.0.weight"]);
        Assert.Equal("256", shapes["image_feature_extractor.backbone.layer1.0.downsample.1.bias"]);
        Assert.Equal("256,256,3,3", shapes["image_feature_extractor.backbone.layer3.22.conv2.weight"]);
        Assert.Equal("2048", shapes["image_feature_extractor.roi_head_feature_extractor.2.bn3.weight"]);

        static bool IsCounted(ModelParameter parameter) =>
            !parameter.Name.Contains(".running_", StringComparison.Ordinal) && parameter.Role != ParameterRole.Unused;
    }

    [Fact]
    public void What_learns_are_the_convolutions_above_the_frozen_stages()
    {
        var learning = Learning(new VlBertBackbone());
        Assert.All(learning, name => Assert.Matches("(layer[23]|roi_head_feature_extractor)\\.\\d+\\.(conv\\d|downsample\\.0)\\.weight$", name));
        Assert.Contains("image_feature_extractor.backbone.layer2.0.conv1.weight", learning);
        Assert.Contains("image_feature_extractor.backbone.bn1.weight", Learning(VlBertBackbone.Tiny));
        Assert.Empty(Learning(new VlBertBackbone { FrozenStages = [1, 2, 3, 4, 5] }));

        static string[] Learning(VlBertBackbone backbone) =>
            [.. List(backbone).Where(parameter => !parameter.IsFixed && parameter.Role != ParameterRole.Unused).Select(parameter => parameter.Name)];
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Both_engines_see_the_same_in_boxes(bool dilates, bool strideInFirst)
    {
        var backbone = Small with { DilatesLastStage = dilates, StrideInFirst = strideInFirst };
        var (torch, onnx) = BothEngines.Run(new Piece(backbone, Boxes, 87, 61));
        Assert.Equal([6, 64], torch["features"].Shape);
        GoldenAssert.Close(torch["features"].Values, onnx["features"].Values, 1e-5, "features");
        Assert.Equal(6, torch["features"].Values.Chunk(64).Select(feature => string.Join(" ", feature)).Distinct().Count());

        // One box of an image of one place of the map.
        var (one, other) = BothEngines.Run(new Piece(backbone, [0, 2, 3, 9, 4], 13, 9));
        GoldenAssert.Close(one["features"].Values, other["features"].Values, 1e-5, "features");
    }

    [Fact]
    public void Both_engines_give_the_same_states_and_padding_changes_none()
    {
        var (torch, onnx) = BothEngines.Run(new Whole(2));
        var (padded, _) = BothEngines.Run(new Whole(4));
        foreach (var (name, result) in torch) GoldenAssert.Close(result.Values, onnx[name].Values, 1e-5, name);
        GoldenAssert.Close(torch["joint"].Values, padded["joint"].Values, 1e-5, "joint");
        GoldenAssert.Close(torch["image"].Values, padded["image"].Values[..torch["image"].Values.Length], 1e-5, "image");
        Assert.All(padded["image"].Values[torch["image"].Values.Length..], value => Assert.Equal(0, value));
    }

    [Fact]
    public void Gradients_of_cut_boxes_are_the_differences()
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters([], CPU);
        var engine = new TorchEngine(parameters);
        manual_seed(3).Dispose();
        using var map = randn(2, 2, 4, 6).requires_grad_();
        var boxes = tensor(Boxes, [Boxes.Length / 5, 5]);
        var weights = randn(Boxes.Length / 5, 2, 14, 14);
        Tensor Weighed(Tensor x) => engine.RoiAlign(x, boxes, 14, 1f / 16, 1, false).mul(weights).sum();
        Weighed(map).backward();
        var found = map.grad!.data<float>().ToArray();
        Assert.Contains(found, value => value != 0);
        using var gradients = no_grad();
        for (var i = 0; i < found.Length; i++)
        {
            // The cut is linear in the map.
            using var step = zeros(found.Length);
            step[i] = 1;
            var difference = Weighed(map.detach() + step.reshape(map.shape)) - Weighed(map.detach() - step.reshape(map.shape));
            Assert.Equal(difference.item<float>() / 2, found[i], 1e-3f * Math.Max(1, Math.Abs(found[i])));
        }
    }

    [Theory]
    [InlineData("backbone.conv1.weight")]
    [InlineData("backbone.layer2.0.conv2.weight")]
    [InlineData("backbone.layer3.0.bn1.weight")]
    [InlineData("roi_head_feature_extractor.0.downsample.0.weight")]
    public void Gradients_of_features_lead_uphill_as_fast_as_they_say(string name)
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters(List(Small), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, 5);
        var engine = new TorchEngine(parameters);
        manual_seed(4).Dispose();
        Tensor images = randn(2, 3, 61, 87), boxes = tensor(Boxes, [Boxes.Length / 5, 5]), weights = randn(Boxes.Length / 5, Small.FeatureSize);
        Tensor Weighed() => VlBertPixels.Features(engine, Small.ToNetwork(), images, boxes).mul(weights).sum();
        var parameter = parameters["image_feature_extractor." + name];
        Weighed().backward();
        using var gradients = no_grad();
        var gradient = parameter.grad!.clone();
        var length = gradient.norm().item<float>();
        Assert.True(length > 1e-3, $"{length}");
        var step = gradient / length * 1e-3f;
        parameter.add_(step);
        var above = Weighed().item<float>();
        parameter.sub_(step * 2);
        Assert.Equal(length, (above - Weighed().item<float>()) / 2e-3f, 0.02f * length);
    }

    [Fact]
    public void The_references_options_are_read()
    {
        const string Vqa = """
            {
              "SCALES": [300, 500],
              "NETWORK": {
                "IMAGE_FEAT_PRECOMPUTED": false, "IMAGE_NUM_LAYERS": 50, "IMAGE_C5_DILATED": false, "IMAGE_STRIDE_IN_1x1": false,
                "IMAGE_FROZEN_BN": false, "IMAGE_FROZEN_BACKBONE_STAGES": [1], "PIXEL_MEANS": [1, 2, 3], "PIXEL_STDS": [4, 5, 6],
                "VLBERT": { "num_hidden_layers": 3 }
              }
            }
            """;
        var config = VlBertConfig.FromJson(Vqa);
        Read(config);
        Read((VlBertConfig)VisionLanguageModel.FromJson("vlbert", config.ToJson()));
        Assert.Null(VlBertConfig.FromJson("""{ "NETWORK": { "IMAGE_FEAT_PRECOMPUTED": true, "IMAGE_NUM_LAYERS": 50 } }""").Backbone);
        Assert.Null(VlBertConfig.FromJson("""{ "NETWORK": { "IMAGE_NUM_LAYERS": 50 } }""").Backbone);
        Assert.DoesNotContain("image_backbone", VlBertConfig.Base.ToJson(), StringComparison.Ordinal);

        static void Read(VlBertConfig config)
        {
            var backbone = config.Backbone!;
            Assert.Equal((3, 50, 300, 500), (config.Layers, backbone.Depth, backbone.ShorterSide, backbone.LongerSide));
            Assert.Equal((false, false, false), (backbone.DilatesLastStage, backbone.StrideInFirst, backbone.FreezesNormalization));
            Assert.Equal([1], backbone.FrozenStages);
            Assert.Equal([1, 2, 3], backbone.PixelMean);
            Assert.Equal([4, 5, 6], backbone.PixelDeviation);
        }
    }

    [Theory]
    [InlineData("""{ "image_backbone": { "IMAGE_NUM_LAYERS": 18 } }""", "image_backbone")]
    [InlineData("""{ "image_backbone": { "IMAGE_FROZEN_BACKBONE_STAGES": [2] } }""", "IMAGE_FROZEN_BACKBONE_STAGES")]
    [InlineData("""{ "image_backbone": { "stage_channels": 32 } }""", "region_feature_size")]
    [InlineData("""{ "image_backbone": { "shorter_side": 1200 } }""", "ShorterSide")]
    [InlineData("""{ "image_backbone": { "PIXEL_STDS": [1, 0, 1] } }""", "PixelDeviation")]
    public void Impossible_options_are_refused_by_name(string json, string option) =>
        Assert.Contains(option, Assert.Throws<ArgumentException>(() => VlBertConfig.FromJson(json)).Message, StringComparison.Ordinal);

    private static IReadOnlyList<ModelParameter> List(VlBertBackbone backbone) =>
        Lister.List(engine => VlBertPixels.Features(engine, backbone.ToNetwork(), new(1, 3, null, null), new(null, 5)));

    private static float[] Draw(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];
    }

    private sealed class Piece(VlBertBackbone backbone, float[] boxes, int width, int height) : IPiece
    {
        public IReadOnlyDictionary<string, T> Run<T>(IRegionEngine<T> engine)
            where T : class
        {
            var images = engine.Constant(Draw(2 * 3 * height * width, 7), 2, 3, height, width);
            return new Dictionary<string, T>
            {
                ["features"] = VlBertPixels.Features(engine, backbone.ToNetwork(), images, engine.Constant(boxes, boxes.Length / 5, 5)),
            };
        }
    }

    /// <summary>A question about an image of 40 × 30 pixels with two boxes, one along its border, and padding.</summary>
    private sealed class Whole(int regions) : IPiece
    {
        private const int Side = 64;

        private static readonly VlBertConfig Model = VlBertConfig.Tiny with
        {
            VocabularySize = 20,
            MaxPositions = 16,
            HiddenSize = 16,
            VisualSize = 16,
            Heads = 2,
            IntermediateSize = 32,
            Layers = 2,
            CoordinateSize = 4,
            RegionFeatureSize = Small.FeatureSize,
            Backbone = Small with { ShorterSide = 50, LongerSide = Side },
        };

        public IReadOnlyDictionary<string, T> Run<T>(IRegionEngine<T> engine)
            where T : class
        {
            float[] boxes = [30, 0, 40, 30, 5, 6, 5.5f, 7, .. Enumerable.Repeat(-2f, 4 * (regions - 2))];
            var inputs = new ModelInputs<T>(
                engine.Constant([2L, 9, 3], 1, 3), engine.Constant([1L, 1, 1], 1, 3), engine.Constant([0L, 0, 0], 1, 3), null!,
                engine.Constant(boxes, 1, regions, 4), engine.Constant([40f, 30], 1, 2))
            {
                Pixels = engine.Constant(Draw(3 * Side * Side, 8), 1, 3 * Side * Side),
                AnswerSlot = true,
            };
            var states = Model.Build(engine, inputs);
            return new Dictionary<string, T> { ["joint"] = states.Joint, ["image"] = states.Image };
        }
    }
}
