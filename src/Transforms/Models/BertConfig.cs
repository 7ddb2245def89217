using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

/// <summary>A model all of whose layers have one width, with the keys and the defaults of google-research/bert's configuration.</summary>
public abstract record BertConfig : VisionLanguageModel
{
    private protected BertConfig()
    {
    }

    /// <inheritdoc/>
    [JsonPropertyName("vocab_size")] public override int VocabularySize { get; init; } = 30522;

    /// <summary>Width of the streams.</summary>
    [JsonPropertyName("hidden_size")] public int HiddenSize { get; init; } = 768;

    /// <summary>Attention heads of every layer.</summary>
    [JsonPropertyName("num_attention_heads")] public int Heads { get; init; } = 12;

    /// <summary>Width of the feed-forward steps.</summary>
    [JsonPropertyName("intermediate_size")] public int IntermediateSize { get; init; } = 3072;

    /// <summary>Activation of the feed-forward steps: gelu, relu or swish.</summary>
    [JsonPropertyName("hidden_act")] public string Activation { get; init; } = "gelu";

    /// <summary>Dropout in the embeddings and before residual additions.</summary>
    [JsonPropertyName("hidden_dropout_prob")] public double Dropout { get; init; } = 0.1;

    /// <summary>Dropout on attention probabilities.</summary>
    [JsonPropertyName("attention_probs_dropout_prob")] public double AttentionDropout { get; init; } = 0.1;

    /// <inheritdoc/>
    [JsonPropertyName("max_position_embeddings")] public override int MaxPositions { get; init; } = 512;

    /// <summary>Number of segment types.</summary>
    [JsonPropertyName("type_vocab_size")] public override int TokenTypes { get; init; } = 2;

    /// <inheritdoc/>
    [JsonPropertyName("initializer_range")] public override double InitializerRange { get; init; } = 0.02;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int TextSize => HiddenSize;

    /// <summary>Refuses impossible values of the options above.</summary>
    private protected OptionCheck CheckShared(string source)
    {
        var check = new OptionCheck(source);
        check.Positive(
            ("vocab_size", VocabularySize), ("hidden_size", HiddenSize), ("num_attention_heads", Heads), ("intermediate_size", IntermediateSize),
            ("max_position_embeddings", MaxPositions), ("type_vocab_size", TokenTypes));
        check.Divisible(("hidden_size", HiddenSize, Heads));
        check.Probabilities(("hidden_dropout_prob", Dropout), ("attention_probs_dropout_prob", AttentionDropout));
        Activations.Parse("hidden_act", Activation);
        return check;
    }
}
