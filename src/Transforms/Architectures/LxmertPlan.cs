using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Architectures;

/// <summary>Sizes of an LXMERT trunk (Tan and Bansal 2019); JSON names as in airsplay/lxmert's BERT and visual configurations.</summary>
internal sealed record LxmertConfig
{
    [JsonPropertyName("vocab_size")] public int VocabularySize { get; init; } = 30522;
    [JsonPropertyName("hidden_size")] public int HiddenSize { get; init; } = 768;
    [JsonPropertyName("num_attention_heads")] public int Heads { get; init; } = 12;
    [JsonPropertyName("intermediate_size")] public int IntermediateSize { get; init; } = 3072;
    [JsonPropertyName("hidden_act")] public string Activation { get; init; } = "gelu";
    [JsonPropertyName("hidden_dropout_prob")] public double Dropout { get; init; } = 0.1;
    [JsonPropertyName("attention_probs_dropout_prob")] public double AttentionDropout { get; init; } = 0.1;
    [JsonPropertyName("max_position_embeddings")] public int MaxPositions { get; init; } = 512;
    [JsonPropertyName("type_vocab_size")] public int TokenTypes { get; init; } = 2;
    [JsonPropertyName("l_layers")] public int LanguageLayers { get; init; } = 9;
    [JsonPropertyName("x_layers")] public int CrossLayers { get; init; } = 5;
    [JsonPropertyName("r_layers")] public int RelationshipLayers { get; init; } = 5;
    [JsonPropertyName("visual_feat_dim")] public int RegionFeatureSize { get; init; } = 2048;
    [JsonPropertyName("visual_pos_dim")] public int BoxSize { get; init; } = 4;
}

/// <summary>
/// LXMERT's encoder as a plan (src/lxrt/modeling.py): language layers, object-relationship layers, then cross-modality layers whose
/// exchange uses ONE set of attention parameters in both directions.
/// </summary>
internal static class LxmertPlan
{
    public static EncoderPlan Encoder(LxmertConfig config, string prefix = "bert.")
    {
        var activation = Activations.Parse("hidden_act", config.Activation);
        var text = new BertLayers(
            Modality.Text, config.Heads, config.HiddenSize, config.IntermediateSize, activation, config.AttentionDropout, config.Dropout);
        var image = text with { Stream = Modality.Image };
        var encoder = prefix + "encoder.";
        return new EncoderPlan(config.HiddenSize, config.HiddenSize,
        [
            .. Enumerable.Range(0, config.LanguageLayers).SelectMany(i => text.Layer($"{encoder}layer.{i}", $"layer.{i}")),
            .. Enumerable.Range(0, config.RelationshipLayers).SelectMany(i => image.Layer($"{encoder}r_layers.{i}", $"r_layers.{i}")),
            .. Enumerable.Range(0, config.CrossLayers).SelectMany(i => CrossLayer(config, $"{encoder}x_layers.{i}", $"x_layers.{i}", activation)),
        ]);
    }

    private static Sublayer[] CrossLayer(LxmertConfig config, string layer, string mark, Activation activation)
    {
        var shared = AttentionNames.Bert(layer + ".visual_attention", "att");
        return
        [
            new AttentionSublayer(
                Direction(Modality.Text, Modality.Image, shared, mark + ".cross.lang"),
                Direction(Modality.Image, Modality.Text, shared, mark + ".cross.visn")),
            new AttentionSublayer(Direction(Modality.Text, Modality.Text, AttentionNames.Bert(layer + ".lang_self_att"), mark + ".self.lang")),
            new AttentionSublayer(Direction(Modality.Image, Modality.Image, AttentionNames.Bert(layer + ".visn_self_att"), mark + ".self.visn")),
            FeedForward(Modality.Text, "lang"),
            FeedForward(Modality.Image, "visn"),
        ];

        Attend Direction(Modality queries, Modality keys, AttentionNames names, string directionMark) =>
            new(queries, keys, names, config.Heads, config.HiddenSize, config.AttentionDropout, config.Dropout) { Mark = directionMark };

        FeedForwardSublayer FeedForward(Modality stream, string side) =>
            new(stream, $"{layer}.{side}_inter.dense", $"{layer}.{side}_output", config.IntermediateSize, activation, config.Dropout)
            {
                Mark = $"{mark}.{side}",
            };
    }

    /// <summary>The parameters of the trunk: embeddings, visual encoder, encoder and pooler.</summary>
    public static IEnumerable<ParameterSpec> Trunk(LxmertConfig config, string prefix = "bert.")
    {
        var size = config.HiddenSize;
        string words = prefix + "embeddings.", visual = prefix + "encoder.visn_fc.";
        return
        [
            Specs.Table(words + "word_embeddings", config.VocabularySize, size),
            Specs.Table(words + "position_embeddings", config.MaxPositions, size),
            Specs.Table(words + "token_type_embeddings", config.TokenTypes, size),
            .. Specs.LayerNorm(words + "LayerNorm", size),
            .. Specs.Linear(visual + "visn_fc", config.RegionFeatureSize, size),
            .. Specs.LayerNorm(visual + "visn_layer_norm", size),
            .. Specs.Linear(visual + "box_fc", config.BoxSize, size),
            .. Specs.LayerNorm(visual + "box_layer_norm", size),
            .. Encoder(config, prefix).Parameters(),
            .. Specs.Linear(prefix + "pooler.dense", size, size),
        ];
    }
}
