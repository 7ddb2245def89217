using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage;

/// <summary>
/// Sizes and options of a ViLBERT model (Lu et al. 2019; 12-in-1, Lu et al. 2020). The JSON names are those of the reference's
/// configuration files (facebookresearch/vilbert-multi-task, config/*.json), so these files can be read unchanged.
/// </summary>
public sealed partial record ViLbertConfig : VisionLanguageModel
{
    /// <inheritdoc/>
    [JsonPropertyName("vocab_size")] public override int VocabularySize { get; init; } = 30522;

    /// <summary>Width of the text stream.</summary>
    [JsonPropertyName("hidden_size")] public int HiddenSize { get; init; } = 768;

    /// <summary>Number of text layers.</summary>
    [JsonPropertyName("num_hidden_layers")] public int TextLayers { get; init; } = 12;

    /// <summary>Attention heads of a text layer.</summary>
    [JsonPropertyName("num_attention_heads")] public int TextHeads { get; init; } = 12;

    /// <summary>Width of the feed-forward step of the text stream.</summary>
    [JsonPropertyName("intermediate_size")] public int TextIntermediateSize { get; init; } = 3072;

    /// <summary>Activation of the text stream: gelu, relu or swish.</summary>
    [JsonPropertyName("hidden_act")] public string TextActivation { get; init; } = "gelu";

    /// <summary>Dropout in both embeddings and in the text layers.</summary>
    [JsonPropertyName("hidden_dropout_prob")] public double Dropout { get; init; } = 0.1;

    /// <summary>Dropout on the text stream's attention probabilities.</summary>
    [JsonPropertyName("attention_probs_dropout_prob")] public double AttentionDropout { get; init; } = 0.1;

    /// <inheritdoc/>
    [JsonPropertyName("max_position_embeddings")] public override int MaxPositions { get; init; } = 512;

    /// <inheritdoc/>
    [JsonPropertyName("type_vocab_size")] public override int TokenTypes { get; init; } = 2;

    /// <inheritdoc/>
    [JsonPropertyName("initializer_range")] public override double InitializerRange { get; init; } = 0.02;

    /// <inheritdoc/>
    [JsonPropertyName("v_feature_size")] public override int RegionFeatureSize { get; init; } = 2048;

    /// <summary>Classes of the masked-region head.</summary>
    [JsonPropertyName("v_target_size")] public int RegionClasses { get; init; } = 1601;

    /// <summary>Width of the image stream.</summary>
    [JsonPropertyName("v_hidden_size")] public int ImageHiddenSize { get; init; } = 1024;

    /// <summary>Number of image layers.</summary>
    [JsonPropertyName("v_num_hidden_layers")] public int ImageLayers { get; init; } = 6;

    /// <summary>Attention heads of an image layer.</summary>
    [JsonPropertyName("v_num_attention_heads")] public int ImageHeads { get; init; } = 8;

    /// <summary>Width of the feed-forward step of the image stream.</summary>
    [JsonPropertyName("v_intermediate_size")] public int ImageIntermediateSize { get; init; } = 1024;

    /// <summary>Activation of the image stream: gelu, relu or swish.</summary>
    [JsonPropertyName("v_hidden_act")] public string ImageActivation { get; init; } = "gelu";

    /// <summary>Dropout in the image layers.</summary>
    [JsonPropertyName("v_hidden_dropout_prob")] public double ImageDropout { get; init; } = 0.1;

    /// <summary>Dropout on the image stream's attention probabilities and on the co-attention's.</summary>
    [JsonPropertyName("v_attention_probs_dropout_prob")] public double ImageAttentionDropout { get; init; } = 0.1;

    /// <summary>Width of the co-attention projections, the poolers and the fused vector.</summary>
    [JsonPropertyName("bi_hidden_size")] public int CoAttentionSize { get; init; } = 1024;

    /// <summary>Heads of a co-attention layer.</summary>
    [JsonPropertyName("bi_num_attention_heads")] public int CoAttentionHeads { get; init; } = 8;

    /// <summary>Entry k: how many image layers run before co-attention k.</summary>
    [JsonPropertyName("v_biattention_id")] public IReadOnlyList<int> ImageLayersBeforeCoAttention { get; init; } = [0, 1, 2, 3, 4, 5];

    /// <summary>Entry k: how many text layers run before co-attention k.</summary>
    [JsonPropertyName("t_biattention_id")] public IReadOnlyList<int> TextLayersBeforeCoAttention { get; init; } = [6, 7, 8, 9, 10, 11];

    /// <summary>Whether the co-attention layers run at all.</summary>
    [JsonPropertyName("with_coattention")] public bool CoAttention { get; init; } = true;

    /// <summary>How the two pooled vectors become one: "mul" or "sum".</summary>
    [JsonPropertyName("fusion_method")] public string Fusion { get; init; } = "mul";

    /// <summary>Dropout on the fused vector and before the region and token logits; the reference fixes it at 0.1.</summary>
    [JsonPropertyName("fusion_dropout_prob")] public double FusionDropout { get; init; } = 0.1;

    /// <summary>Whether the mean text state gates the image stream's queries and keys.</summary>
    [JsonPropertyName("dynamic_attention")] public bool DynamicAttention { get; init; }

    /// <summary>Whether a token that names the task is inserted after [CLS] (12-in-1).</summary>
    [JsonPropertyName("task_specific_tokens")] public bool TaskTokens { get; init; }

    /// <summary>
    /// The text stream's kind: "bert" or "roberta". The reference means RoBERTa's positions to begin at 2, but counts them from 0 like
    /// BERT's, and so does this; a RoBERTa takes no task tokens.
    /// </summary>
    [JsonPropertyName("model")] public string TextModel { get; init; } = "bert";

    /// <summary>
    /// Whether one text may stand for all images of a batch: the text layers before the first co-attention then run once. Rows that each
    /// have a text of their own are scored as without.
    /// </summary>
    [JsonPropertyName("fast_mode")] public bool FastMode { get; init; }

    /// <summary>
    /// Whether the first co-attention makes B × B rows of a batch of B, row i × B + j of text i and image j. A pipeline scores its rows
    /// each for itself and so refuses it.
    /// </summary>
    [JsonPropertyName("in_batch_pairs")] public bool InBatchPairs { get; init; }

    /// <summary>The first so many text layers and the text embedding get no gradient.</summary>
    [JsonPropertyName("fixed_t_layer")] public int FixedTextLayers { get; init; }

    /// <summary>The first so many image layers and the image embedding get no gradient.</summary>
    [JsonPropertyName("fixed_v_layer")] public int FixedImageLayers { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "vilbert";

    /// <inheritdoc/>
    [JsonIgnore]
    public override int TextSize => HiddenSize;

    /// <summary>The published base model: config/bert_base_6layer_6conect.json of the reference.</summary>
    public static ViLbertConfig Base { get; } = new();

    /// <summary>
    /// A model for small pictures and short questions that trains on a CPU in minutes: width 96, two layers a stream, two co-attentions.
    /// Set <see cref="VocabularySize"/> and <see cref="RegionFeatureSize"/> to the data's.
    /// </summary>
    public static ViLbertConfig Tiny { get; } = new()
    {
        HiddenSize = 96,
        TextLayers = 2,
        TextHeads = 4,
        TextIntermediateSize = 192,
        MaxPositions = 64,
        ImageHiddenSize = 96,
        ImageLayers = 2,
        ImageHeads = 4,
        ImageIntermediateSize = 192,
        CoAttentionSize = 96,
        CoAttentionHeads = 4,
        // Each stream reads itself before it reads the other: that learns sooner from nothing.
        ImageLayersBeforeCoAttention = [1, 2],
        TextLayersBeforeCoAttention = [1, 2],
        RegionClasses = 1,
        Dropout = 0,
        AttentionDropout = 0,
        ImageDropout = 0,
        ImageAttentionDropout = 0,
        FusionDropout = 0,
    };

    /// <summary>Reads a configuration of the reference.</summary>
    /// <param name="json">JSON with the reference's option names; options it does not name keep the published defaults.</param>
    /// <exception cref="InvalidDataException">The text is no JSON object, or an option has a value of the wrong kind.</exception>
    /// <exception cref="ArgumentException">The options contradict each other or ask for something this library does not do.</exception>
    public static ViLbertConfig FromJson(string json) => Parse(json, "the ViLBERT configuration");

    /// <summary>Reads a configuration file of the reference.</summary>
    /// <param name="path">The JSON file.</param>
    /// <inheritdoc cref="FromJson(string)"/>
    public static ViLbertConfig Load(string path) => Parse(TextFile.ReadAllText(path), path);

    internal static ViLbertConfig Parse(string json, string source) => Parse<ViLbertConfig>(json, source);
}
