using System.Text.Json;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.GoldenRunners;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Models;

/// <summary>What the lister finds in a model is what its reference's checkpoints hold: names, shapes, counts.</summary>
public sealed class ParameterListTests
{
    [Theory]
    [InlineData("bert_base_6layer_6conect", false, false)]
    [InlineData("dynamic_attention", true, false)]
    [InlineData("task_specific_tokens", false, true)]
    public void ViLbert_lists_what_VILBertForVLTasks_holds(string variant, bool dynamic, bool taskTokens)
    {
        using var file = Shapes("vilbert", $"full_shapes_VILBertForVLTasks_{variant}.json");
        var model = ViLbertConfig.Base with { DynamicAttention = dynamic, TaskTokens = taskTokens };
        var list = Whole(model, output => output.Contains("gqa", StringComparison.Ordinal) ? 1533 : 3129);
        var tied = file.RootElement.GetProperty("tied").EnumerateObject().Select(pair => pair.Name).ToHashSet();
        AssertSame(file, list, tied);
        Assert.Equal(file.RootElement.GetProperty("parameter_count_unique").GetInt64(), list.Sum(parameter => parameter.Count));
        Assert.Equal(file.RootElement.GetProperty("without_weight_decay").GetInt32(), list.Count(parameter => !parameter.IsDecayed));
        Assert.Equal(file.RootElement.GetProperty("names_with_vil_").GetInt32(), list.Count(parameter => parameter.HasHeadRate));
        Assert.All(list, parameter => Assert.Equal(parameter.Name.Contains("vil_", StringComparison.Ordinal), parameter.HasHeadRate));
        Assert.Equal(tied.Order(), model.CheckpointNames.Aliases.Keys.Order());
    }

    [Theory]
    [InlineData("lxmert", 213_930_297)]
    [InlineData("vlbert", 115_041_849)]
    public void Answering_lists_what_the_fine_tuned_model_holds(string kind, long count)
    {
        using var file = Shapes(kind, "full_shapes_vqa.json");
        VisionLanguageModel model = kind == "lxmert" ? LxmertConfig.Base : VlBertConfig.Base;
        var list = new TaskNetwork(model, model.FindAnswerClassifier(AnswerHead.Vqa), 3129).Parameters();
        AssertSame(file, list, []);
        Assert.Equal(file.RootElement.GetProperty("parameters").GetInt64(), list.Sum(parameter => parameter.Count));
        Assert.Equal(count, list.Sum(parameter => parameter.Count));
        Assert.All(list, parameter => Assert.True(parameter.IsDecayed));
        Assert.DoesNotContain(list, parameter => parameter.Role == ParameterRole.Unused);
    }

    [Fact]
    public void Lxmert_lists_what_LXRTPretraining_holds() => AssertHolds(
        "lxmert", "full_shapes_pretraining.json", 228_051_752, MatchingHead.PretrainingParameters(LxmertConfig.Base.WithPretrainingAnswers(9500)!),
        "cls.predictions.decoder.weight");

    [Fact]
    public void Lxmert_lists_what_NLVR2Model_holds() => AssertHolds(
        "lxmert", "full_shapes_nlvr2.json", 210_303_746,
        ShapedInputs.List(LxmertConfig.Base, engine => new LxmertHeads<ShapeValue>(engine, LxmertConfig.Base).ClassifyPairs(
            LxmertConfig.Base.Build(engine, ShapedInputs.Of(LxmertConfig.Base)))));

    [Fact]
    public void VlBert_lists_what_multi_task_pretraining_holds() => AssertHolds(
        "vlbert", "full_shapes_pretrain_multitask.json", 114_491_515, PretrainingShapes.VlBert(VlBertConfig.Base, texts: true),
        "vlbert.mlm_head.predictions.decoder.weight");

    [Fact]
    public void VlBert_lists_what_referring_expressions_and_VCR_hold()
    {
        var referring = VlBert(
            VlBertConfig.Base, (trunk, heads, text, regions, size) => heads.Refer(trunk.Run(text, regions, size, hasSlot: false).Image));
        AssertHolds("vlbert", "full_shapes_refcoco_without_backbone.json", 112_634_881, referring);

        var choosing = VlBert(
            VlBertConfig.Base with { Pooler = true, ClassifierType = "1fc" },
            (trunk, heads, text, regions, size) =>
            {
                var states = trunk.Run(text, regions, size, hasSlot: false, tags: text.Ids);
                heads.Choose(states.PooledText!);
                heads.Recognize(states.Image);
            },
            "vlbert._module.");
        AssertHolds("vlbert", "full_shapes_vcr_q2a_without_backbone.json", 113_287_762, choosing);
    }

    [Theory]
    [InlineData("finetune_vqa", 250_081_539)]
    [InlineData("finetune_nlvr2", 247_372_940)]
    [InlineData("finetune_irtr_itm", 242_651_277)]
    [InlineData("finetune_irtr_itc", 242_908_363)]
    [InlineData("finetune_caption_mle", 287_402_275)]
    [InlineData("pretrain_mlm_itm_itc", 281_897_191)]
    public void Fiber_lists_what_its_published_models_hold(string task, long count)
    {
        using var file = Shapes("fiber", $"full_shapes_coarse_{task}.json");
        var root = file.RootElement;
        var config = FiberConfig.FromJson(root.GetProperty("config").GetRawText());
        var list = task switch
        {
            "finetune_vqa" => new TaskNetwork(config, config.FindAnswerClassifier(AnswerHead.Vqa), 3129).Parameters(),
            "finetune_nlvr2" => new TaskNetwork(
                config, new ClassifierHead(config.ClassifierFor(ClassifierUse.Pairs), 2) { ImageCount = 2 }).Parameters(),
            "pretrain_mlm_itm_itc" => MatchingHead.PretrainingParameters(config),
            _ => ShapedInputs.List(config, engine => RunFiber(engine, config, task)),
        };
        var expected = root.GetProperty("shapes").EnumerateObject().Where(pair => pair.Value.GetProperty("parameter").GetBoolean())
            .Select(pair => $"{pair.Name} [{string.Join(", ", pair.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()))}]");
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            list.Select(parameter => $"{parameter.Name} [{string.Join(", ", parameter.Shape)}]").Order(StringComparer.Ordinal));
        Assert.Equal(count, list.Sum(parameter => parameter.Count));
        Assert.Equal(count, root.GetProperty("parameter_count").GetInt64());
    }

    [Theory]
    [InlineData("pretrain_v2", 2)]
    [InlineData("coco_finetune_v2", 0)]
    [InlineData("refcoco_v3", 0)]
    public void Fibers_detector_lists_what_its_published_models_hold(string stage, int frozen)
    {
        using var file = Shapes("fiber", $"full_shapes_fine_{stage}.json");
        var root = file.RootElement;
        var config = (stage == "refcoco_v3" ? FiberDetectorConfig.Referring : FiberDetectorConfig.Base) with { FrozenParts = frozen };
        var list = FiberDetectorNetwork.Parameters(config);
        var expected = root.GetProperty("shapes").EnumerateObject().Where(pair => pair.Value.GetProperty("parameter").GetBoolean())
            .Select(pair => $"{pair.Name} [{string.Join(", ", pair.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()))}]"
                + $" {pair.Value.GetProperty("trainable").GetBoolean()}");
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            list.Select(parameter => $"{parameter.Name} [{string.Join(", ", parameter.Shape)}] {!parameter.IsFixed && parameter.Role != ParameterRole.Unused}")
                .Order(StringComparer.Ordinal));
        Assert.Equal(root.GetProperty("parameter_count").GetInt64(), list.Sum(parameter => parameter.Count));
    }

    private static void RunFiber(IRegionEngine<ShapeValue> engine, FiberConfig config, string task)
    {
        var inputs = ShapedInputs.Of(config);
        var trunk = new FiberTrunk<ShapeValue>(engine, config);
        var heads = new FiberHeads<ShapeValue>(engine, config);
        var joint = trunk.Fuse(inputs.InputIds, inputs.AttentionMask, inputs.Pixels!).Joint;
        switch (task)
        {
            case "finetune_irtr_itm":
                heads.Match(joint);
                heads.Rank(joint);
                break;
            case "finetune_irtr_itc":
                trunk.EncodeImage(inputs.Pixels!);
                heads.Temperature();
                break;
            default:
                var (mask, _) = CausalMask.Of(engine, inputs.InputIds, inputs.AttentionMask);
                heads.PredictWords(trunk.Describe(inputs.InputIds, mask, trunk.SeeImage(inputs.Pixels!)));
                heads.KeepCaptionTransforms();
                break;
        }

        heads.KeepOthers();
    }

    [Fact]
    public void Skipped_co_attention_is_listed_as_unused()
    {
        var with = Whole(ViLbertConfig.Tiny, _ => 5);
        var without = Whole(ViLbertConfig.Tiny with { CoAttention = false }, _ => 5);
        Assert.Equal(
            with.Select(parameter => parameter.ToString()).Order(StringComparer.Ordinal).Select(NameOf),
            without.Select(parameter => parameter.ToString()).Order(StringComparer.Ordinal).Select(NameOf));
        Assert.All(
            without.Where(parameter => parameter.Name.Contains("c_layer", StringComparison.Ordinal)),
            parameter => Assert.Equal(ParameterRole.Unused, parameter.Role));

        static string NameOf(string text) => text[..text.IndexOf(',', StringComparison.Ordinal)];
    }

    [Fact]
    public void Fixed_layers_are_fixed_and_what_is_tied_to_a_head_is_not()
    {
        var model = ViLbertConfig.Tiny with { FixedTextLayers = 1, FixedImageLayers = 1 };
        string[] fixedParts = ["bert.embeddings.", "bert.v_embeddings.", "bert.encoder.layer.0.", "bert.encoder.v_layer.0."];
        bool Below(string name) => fixedParts.Any(part => name.StartsWith(part, StringComparison.Ordinal));

        var answering = new TaskNetwork(model, model.FindAnswerClassifier(AnswerHead.Vqa), 5).Parameters();
        Assert.All(answering, parameter => Assert.Equal(Below(parameter.Name), parameter.IsFixed));

        // Word prediction reads the word table above the fixed layers, so it learns there.
        var whole = Whole(model, _ => 5);
        const string Words = "bert.embeddings.word_embeddings.weight";
        Assert.All(whole, parameter => Assert.Equal(Below(parameter.Name) && parameter.Name != Words, parameter.IsFixed));
        Assert.False(whole.Single(parameter => parameter.Name == Words).IsHead);
    }

    [Fact]
    public void Roles_tell_what_a_parameter_is_for()
    {
        Assert.Equal(ParameterRole.Location, Role(ViLbertConfig.Tiny, "bert.v_embeddings.image_location_embeddings.weight"));
        Assert.Equal(ParameterRole.Table, Role(ViLbertConfig.Tiny, "bert.embeddings.position_embeddings.weight"));
        Assert.Equal(ParameterRole.Weight, Role(ViLbertConfig.Tiny, "bert.v_embeddings.image_embeddings.weight"));
        Assert.Equal(ParameterRole.Gain, Role(ViLbertConfig.Tiny, "vil_prediction.logit_fc.2.weight"));
        Assert.Equal(ParameterRole.Location, Role(LxmertConfig.Tiny, "lxrt_encoder.model.bert.encoder.visn_fc.box_fc.weight"));
        Assert.Equal(ParameterRole.Gate, Role(VlBertConfig.Tiny with { VisualLayerNorm = false }, "vlbert.visual_scale_object"));

        static ParameterRole Role(VisionLanguageModel model, string name) =>
            new TaskNetwork(model, model.FindAnswerClassifier(AnswerHead.Vqa), 5).Parameters()
                .Single(parameter => parameter.Name == name).Role;
    }

    private static void AssertHolds(string system, string name, long count, IReadOnlyList<ModelParameter> list, params string[] tied)
    {
        using var file = Shapes(system, name);
        AssertSame(file, list, [.. tied]);
        Assert.Equal(file.RootElement.GetProperty("parameters").GetInt64(), list.Sum(parameter => parameter.Count));
        Assert.Equal(count, list.Sum(parameter => parameter.Count));
    }

    private static IReadOnlyList<ModelParameter> VlBert(
        VlBertConfig model,
        Action<VlBertTrunk<ShapeValue>, VlBertHeads<ShapeValue>, VlBertText<ShapeValue>, VlBertRegions<ShapeValue>, ShapeValue> run,
        string prefix = VlBertTrunk.Prefix)
    {
        var inputs = ShapedInputs.Of(model);
        return ShapedInputs.List(model, engine => run(
            new(engine, model, prefix),
            new(engine, model, prefix),
            new(inputs.InputIds, inputs.TokenTypeIds, inputs.AttentionMask),
            VlBertRegions<ShapeValue>.Build(engine, inputs.RegionFeatures, inputs.RegionBoxes, inputs.ImageSize),
            inputs.ImageSize));
    }

    private static IReadOnlyList<ModelParameter> Whole(VisionLanguageModel model, Func<string, int> classes) => ShapedInputs.List(
        model, engine => model.BuildPublishedHeads(engine, model.Build(engine, ShapedInputs.Of(model)), classes));

    private static JsonDocument Shapes(string system, string file) => JsonDocument.Parse(File.ReadAllBytes(TestData.Golden(system, file)));

    private static void AssertSame(JsonDocument file, IReadOnlyList<ModelParameter> list, HashSet<string> tied)
    {
        var expected = file.RootElement.GetProperty("shapes").EnumerateObject().Where(pair => !tied.Contains(pair.Name))
            .Select(pair => $"{pair.Name} [{string.Join(", ", pair.Value.EnumerateArray().Select(size => size.GetInt64()))}]");
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            list.Select(parameter => $"{parameter.Name} [{string.Join(", ", parameter.Shape)}]").Order(StringComparer.Ordinal));
    }
}
