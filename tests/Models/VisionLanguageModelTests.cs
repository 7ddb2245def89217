using System.Text.Json;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Models;

public sealed class VisionLanguageModelTests
{
    public static TheoryData<VisionLanguageModel> Presets() =>
    [
        ViLbertConfig.Base, ViLbertConfig.Tiny, LxmertConfig.Base, LxmertConfig.Tiny, VlBertConfig.Base, VlBertConfig.Large, VlBertConfig.Tiny,
    ];

    [Theory]
    [MemberData(nameof(Presets))]
    public void Configurations_survive_JSON(VisionLanguageModel model)
    {
        model.Validate();
        var json = model.ToJson();
        Assert.Equal(json, VisionLanguageModel.FromJson(model.Kind, json).ToJson());

        var holder = JsonSerializer.Serialize(new Holder { Model = model });
        var read = JsonSerializer.Deserialize<Holder>(holder)!.Model!;
        Assert.Equal(model.GetType(), read.GetType());
        Assert.Equal(json, read.ToJson());
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Sizes_are_set_through_the_base_type(VisionLanguageModel model)
    {
        var changed = model with { VocabularySize = 1234, RegionFeatureSize = 77 };
        Assert.Equal(model.GetType(), changed.GetType());
        Assert.Equal((1234, 77), (changed.VocabularySize, changed.RegionFeatureSize));
        Assert.Contains("1234", changed.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_kind_is_refused_with_those_there_are()
    {
        var error = Assert.Throws<NotSupportedException>(() => VisionLanguageModel.FromJson("uniter", "{}"));
        Assert.Contains("'uniter'", error.Message, StringComparison.Ordinal);
        Assert.Contains("lxmert, vilbert, vlbert", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_model_without_a_kind_is_a_ViLbert()
    {
        var model = JsonSerializer.Deserialize<Holder>("""{"Model":{"vocab_size":99,"model":"bert","fast_mode":false}}""")!.Model;
        Assert.Equal(99, Assert.IsType<ViLbertConfig>(model).VocabularySize);
    }

    [Theory]
    [InlineData("vilbert", """{"fast_mode":true,"in_batch_pairs":true}""", "in_batch_pairs")]
    [InlineData("vilbert", """{"model":"t5"}""", "model")]
    [InlineData("vilbert", """{"model":"roberta","task_specific_tokens":true}""", "task_specific_tokens")]
    [InlineData("vilbert", """{"hidden_size":100,"num_attention_heads":3}""", "hidden_size")]
    [InlineData("vilbert", """{"v_biattention_id":[7],"t_biattention_id":[1]}""", "v_biattention_id")]
    [InlineData("lxmert", """{"visual_pos_dim":5}""", "visual_pos_dim")]
    [InlineData("lxmert", """{"x_layers":-1}""", "x_layers")]
    [InlineData("lxmert", """{"hidden_act":"tanh"}""", "hidden_act")]
    [InlineData("vlbert", """{"NETWORK":{"VLBERT":{"object_word_embed_mode":3}}}""", "object_word_embed_mode")]
    [InlineData("vlbert", """{"NETWORK":{"CLASSIFIER_TYPE":"3fc","VLBERT":{}}}""", "CLASSIFIER_TYPE")]
    [InlineData("vlbert", """{"type_vocab_size":2}""", "type_vocab_size")]
    public void Options_that_make_no_model_are_named(string kind, string json, string option)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => VisionLanguageModel.FromJson(kind, json));
        Assert.Contains($"'{option}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vilbert", "null")]
    [InlineData("lxmert", "[1]")]
    [InlineData("vlbert", "{")]
    [InlineData("vlbert", """{"hidden_size":"wide"}""")]
    public void What_is_no_configuration_is_refused(string kind, string json) =>
        Assert.Throws<InvalidDataException>(() => VisionLanguageModel.FromJson(kind, json));

    [Fact]
    public void VlBert_reads_the_whole_file_and_its_sections()
    {
        const string Vlbert = """{"hidden_size":24,"num_attention_heads":2}""";
        var flat = VlBertConfig.FromJson(Vlbert);
        var network = VlBertConfig.FromJson($$$"""{"VLBERT":{{{Vlbert}}},"CLASSIFIER_TYPE":"2fc"}""");
        var whole = VlBertConfig.FromJson($$$"""{"NETWORK":{"VLBERT":{{{Vlbert}}},"CLASSIFIER_TYPE":"2fc"},"DATASET":{} }""");
        Assert.Equal(24, flat.HiddenSize);
        Assert.Equal(flat with { ClassifierType = "2fc" }, network);
        Assert.Equal(network, whole);
    }

    [Fact]
    public void VlBert_without_a_word_for_its_answer_slot_is_refused()
    {
        var model = VlBertConfig.Tiny with { VocabularySize = 50, MaskTokenId = 50 };
        var network = new VisionLanguage.Heads.TaskNetwork(model, model.FindAnswerClassifier(AnswerHead.Vqa), 3);
        Assert.Contains("mask_token_id", Assert.Throws<ArgumentException>(() => network.Parameters()).Message, StringComparison.Ordinal);
    }

    private sealed class Holder
    {
        public VisionLanguageModel? Model { get; set; }
    }
}
