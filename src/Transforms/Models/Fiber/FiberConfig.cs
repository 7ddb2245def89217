using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage;

/// <summary>
/// Sizes and options of a FIBER model (Dou et al. 2022): a Swin transformer for the image, which is taken whole, and a RoBERTa for the text,
/// with gated cross-attention inside the last blocks of both. The JSON names are those of microsoft/FIBER's coarse-grained configuration.
/// </summary>
public sealed partial record FiberConfig : VisionLanguageModel
{
    /// <summary>Pixels on a side of the image, a multiple of 32.</summary>
    [JsonPropertyName("image_size")] public int ImageSize { get; init; } = 384;

    /// <summary>Width of the first image tokens; each of the three later stages doubles it.</summary>
    [JsonPropertyName("embed_dim")] public int PatchSize { get; init; } = 128;

    /// <summary>Blocks of the four stages of the Swin transformer.</summary>
    [JsonPropertyName("depths")] public IReadOnlyList<int> Depths { get; init; } = [2, 2, 18, 2];

    /// <summary>Attention heads in the blocks of each stage.</summary>
    [JsonPropertyName("vision_num_heads")] public IReadOnlyList<int> ImageHeads { get; init; } = [4, 8, 16, 32];

    /// <summary>
    /// Tokens on a side of a window of the Swin transformer, of which the grids of the stages (a 4th, 8th, 16th and 32nd of the image) are multiples,
    /// or at most as large; null as in the reference, where a window is a 32nd of the image. Of a small image that is too little: four tokens see
    /// each other, and are then one.
    /// </summary>
    [JsonPropertyName("window_size")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? WindowSize { get; init; }

    /// <summary>The share of images for which the last residual step of the Swin transformer is left out in training; the first has none.</summary>
    [JsonPropertyName("drop_path_rate")] public double DropPath { get; init; } = 0.1;

    /// <inheritdoc/>
    [JsonPropertyName("vocab_size")] public override int VocabularySize { get; init; } = 50265;

    /// <summary>Width of RoBERTa.</summary>
    [JsonPropertyName("text_hidden_size")] public int TextHiddenSize { get; init; } = 768;

    /// <summary>Layers of RoBERTa.</summary>
    [JsonPropertyName("num_layers")] public int TextLayers { get; init; } = 12;

    /// <summary>Attention heads of RoBERTa's layers.</summary>
    [JsonPropertyName("text_num_heads")] public int TextHeads { get; init; } = 12;

    /// <summary>Width of RoBERTa's feed-forward steps.</summary>
    [JsonPropertyName("text_intermediate_size")] public int TextIntermediateSize { get; init; } = 3072;

    /// <summary>Added to the variance of RoBERTa's LayerNorms.</summary>
    [JsonPropertyName("text_layer_norm_eps")] public double TextEpsilon { get; init; } = 1e-5;

    /// <summary>Dropout in RoBERTa before residual additions.</summary>
    [JsonPropertyName("text_hidden_dropout_prob")] public double TextDropout { get; init; } = 0.1;

    /// <summary>Dropout on RoBERTa's attention probabilities.</summary>
    [JsonPropertyName("text_attention_probs_dropout_prob")] public double TextAttentionDropout { get; init; } = 0.1;

    /// <summary>Rows of the position table, of which texts cannot use the first two.</summary>
    [JsonPropertyName("text_max_position_embeddings")] public override int MaxPositions { get; init; } = 514;

    /// <summary>The longest text, in tokens.</summary>
    [JsonPropertyName("max_text_len")] public int MaxTextLength { get; init; } = 50;

    /// <summary>Segments that tokenizers may tell apart; RoBERTa has one and does not look.</summary>
    [JsonIgnore] public override int TokenTypes { get; init; } = 2;

    /// <summary>Width of the vectors that heads read.</summary>
    [JsonPropertyName("hidden_size")] public int HiddenSize { get; init; } = 768;

    /// <summary>How many blocks of each tower read the other one, counted from the end.</summary>
    [JsonPropertyName("num_fuse_block")] public int FusedBlocks { get; init; } = 6;

    /// <summary>
    /// How they do: "gated" as published, with a learned factor on attention of its own; "ungated" without the factor; or "merged", where
    /// self-attention reads the keys and values of both towers in one, as in the paper's ablation.
    /// </summary>
    [JsonPropertyName("fusion")] public string FusionKind { get; init; } = "gated";

    /// <summary>Whether the vectors of text and image that are compared without fusion come out of a pooler.</summary>
    [JsonPropertyName("itc_pooler")] public bool ContrastPooler { get; init; } = true;

    /// <summary>How many earlier images and texts a batch of contrastive pre-training is compared with.</summary>
    [JsonPropertyName("queue_size")] public int QueueSize { get; init; } = 4096;

    /// <inheritdoc/>
    [JsonPropertyName("initializer_range")] public override double InitializerRange { get; init; } = 0.02;

    /// <summary>None: the image is taken whole.</summary>
    [JsonIgnore] public override int RegionFeatureSize { get; init; }

    /// <summary>The published model: Swin-Base and RoBERTa-Base, six fused blocks, images of 384 pixels.</summary>
    public static FiberConfig Base { get; } = new();

    /// <summary>
    /// A model for small pictures and short questions that trains on a CPU in minutes: images of 64 pixels, widths 24 to 192 and 96. Set
    /// <see cref="VocabularySize"/> to the data's.
    /// </summary>
    public static FiberConfig Tiny { get; } = new()
    {
        ImageSize = 64,
        PatchSize = 24,
        Depths = [1, 1, 1, 1],
        ImageHeads = [1, 2, 4, 4],
        WindowSize = 4,
        DropPath = 0,
        TextHiddenSize = 96,
        TextLayers = 2,
        TextHeads = 4,
        TextIntermediateSize = 192,
        TextDropout = 0,
        TextAttentionDropout = 0,
        MaxTextLength = 512,
        MaxPositions = 66,
        HiddenSize = 96,
        FusedBlocks = 2,
        FusionKind = "ungated",
        QueueSize = 256,
    };

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "fiber";

    /// <inheritdoc/>
    [JsonIgnore]
    public override int TextSize => HiddenSize;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int MaxTokens => Math.Min(MaxTextLength, MaxPositions - RobertaEmbedding.FirstPosition);

    /// <summary>Reads a configuration in the reference's option names.</summary>
    /// <param name="json">JSON; options it does not name keep the published defaults.</param>
    /// <exception cref="InvalidDataException">The text is no JSON object, or an option has a value of the wrong kind.</exception>
    /// <exception cref="ArgumentException">The options contradict each other or ask for something this library does not do.</exception>
    public static FiberConfig FromJson(string json) => Parse(json, "the FIBER configuration");

    /// <summary>Reads a configuration file in the reference's option names.</summary>
    /// <param name="path">The JSON file.</param>
    /// <inheritdoc cref="FromJson(string)"/>
    public static FiberConfig Load(string path) => Parse(TextFile.ReadAllText(path), path);

    internal static FiberConfig Parse(string json, string source) => Parse<FiberConfig>(json, source);
}
