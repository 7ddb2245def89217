using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Architectures;

/// <summary>Sizes and options of a VL-BERT trunk (Su et al. 2020); JSON names as in jackroos/VL-BERT's NETWORK.VLBERT section.</summary>
internal sealed record VlBertConfig
{
    [JsonPropertyName("vocab_size")] public int VocabularySize { get; init; } = 30522;
    [JsonPropertyName("hidden_size")] public int HiddenSize { get; init; } = 768;
    [JsonPropertyName("visual_size")] public int VisualSize { get; init; } = 768;
    [JsonPropertyName("num_hidden_layers")] public int Layers { get; init; } = 12;
    [JsonPropertyName("num_attention_heads")] public int Heads { get; init; } = 12;
    [JsonPropertyName("intermediate_size")] public int IntermediateSize { get; init; } = 3072;
    [JsonPropertyName("hidden_act")] public string Activation { get; init; } = "gelu";
    [JsonPropertyName("hidden_dropout_prob")] public double Dropout { get; init; } = 0.1;
    [JsonPropertyName("attention_probs_dropout_prob")] public double AttentionDropout { get; init; } = 0.1;
    [JsonPropertyName("max_position_embeddings")] public int MaxPositions { get; init; } = 512;
    [JsonPropertyName("type_vocab_size")] public int TokenTypes { get; init; } = 3;

    /// <summary>LayerNorm on the visual part of an element; otherwise a learned scalar.</summary>
    [JsonPropertyName("visual_ln")] public bool VisualLayerNorm { get; init; } = true;
    [JsonPropertyName("with_pooler")] public bool Pooler { get; init; } = true;
}

/// <summary>VL-BERT's encoder as a plan (common/visual_linguistic_bert.py): one stream of BERT layers over text, objects and [END].</summary>
internal static class VlBertPlan
{
    public static EncoderPlan Encoder(VlBertConfig config, string prefix = "vlbert.")
    {
        var layers = new BertLayers(
            Modality.Text, config.Heads, config.HiddenSize, config.IntermediateSize,
            Activations.Parse("hidden_act", config.Activation), config.AttentionDropout, config.Dropout);
        return new EncoderPlan(config.HiddenSize, 0,
        [
            .. Enumerable.Range(0, config.Layers).SelectMany(i =>
                layers.Layer($"{prefix}encoder.layer.{i}", $"encoded_layers.{i}", $"attention_probs.{i}")),
        ]);
    }

    /// <summary>The parameters of the trunk: embeddings, encoder and, with it, the pooler.</summary>
    public static IEnumerable<ParameterSpec> Trunk(VlBertConfig config, string prefix = "vlbert.")
    {
        var size = config.HiddenSize;
        return
        [
            Specs.Table(prefix + "word_embeddings", config.VocabularySize, size),
            Specs.Table(prefix + "end_embedding", 1, size),
            Specs.Table(prefix + "position_embeddings", config.MaxPositions, size),
            Specs.Table(prefix + "token_type_embeddings", config.TokenTypes, size),
            .. Specs.LayerNorm(prefix + "embedding_LayerNorm", size),
            .. Visual("text"),
            .. Visual("object"),
            .. Encoder(config, prefix).Parameters(),
            .. config.Pooler ? Specs.Linear(prefix + "pooler.dense", size, size) : [],
        ];

        IEnumerable<ParameterSpec> Visual(string side) =>
        [
            .. config.VisualSize != size ? Specs.Linear($"{prefix}visual_1x1_{side}", config.VisualSize, size) : [],
            .. config.VisualLayerNorm
                ? Specs.LayerNorm($"{prefix}visual_ln_{side}", size)
                : [new ParameterSpec($"{prefix}visual_scale_{side}", [])],
        ];
    }
}
