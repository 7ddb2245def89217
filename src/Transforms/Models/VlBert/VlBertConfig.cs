using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

/// <summary>
/// Sizes and options of a VL-BERT model (Su et al. 2020). The JSON names are those of jackroos/VL-BERT's NETWORK.VLBERT section and, in
/// capitals, of the NETWORK section around it.
/// </summary>
public sealed partial record VlBertConfig : BertConfig
{
    /// <summary>The published sizes; the third segment type is the objects'.</summary>
    public VlBertConfig() => TokenTypes = 3;

    /// <summary>Width of the visual part of an element before it joins the stream.</summary>
    [JsonPropertyName("visual_size")] public int VisualSize { get; init; } = 768;

    /// <summary>Number of layers.</summary>
    [JsonPropertyName("num_hidden_layers")] public int Layers { get; init; } = 12;

    /// <summary>LayerNorm on the visual part of an element; otherwise a learned scalar.</summary>
    [JsonPropertyName("visual_ln")] public bool VisualLayerNorm { get; init; } = true;

    /// <summary>What the gain or scalar on the visual part of a text token starts from.</summary>
    [JsonPropertyName("visual_scale_text_init")] public double TextVisualScale { get; init; }

    /// <summary>What the gain or scalar on the visual part of an object starts from.</summary>
    [JsonPropertyName("visual_scale_object_init")] public double ObjectVisualScale { get; init; }

    /// <summary>Whether the first position is pooled; question answering has no use for it.</summary>
    [JsonPropertyName("with_pooler")] public bool Pooler { get; init; }

    /// <summary>The classifier on the answer slot: "mlm" (BERT's transform and a linear), "2fc" or "1fc".</summary>
    [JsonPropertyName("CLASSIFIER_TYPE")] public string ClassifierType { get; init; } = "mlm";

    /// <summary>Width between the two linears of the classifier "2fc".</summary>
    [JsonPropertyName("CLASSIFIER_HIDDEN_SIZE")] public int ClassifierSize { get; init; } = 1024;

    /// <summary>Dropout in the classifier.</summary>
    [JsonPropertyName("CLASSIFIER_DROPOUT")] public double ClassifierDropout { get; init; } = 0.1;

    /// <summary>Width of a region feature; the reference fixes it at 2048.</summary>
    [JsonPropertyName("region_feature_size")] public override int RegionFeatureSize { get; init; } = 2048;

    /// <summary>
    /// The residual network that makes the regions' features and learns with the model, which then reads PixelValues, RegionBoxes and
    /// ImageSize; null reads features that are there already. <see cref="RegionFeatureSize"/> must be the network's.
    /// </summary>
    [JsonPropertyName("image_backbone"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VlBertBackbone? Backbone { get; init; }

    /// <summary>Sines, and as many cosines, of each of a box's four numbers; the reference fixes it at 256.</summary>
    [JsonPropertyName("coordinate_size")] public int CoordinateSize { get; init; } = 256;

    /// <summary>Dropout on a region's coordinates and feature; the reference fixes it at 0.1.</summary>
    [JsonPropertyName("object_dropout_prob")] public double ObjectDropout { get; init; } = 0.1;

    /// <summary>The word number of [MASK], which stands where the answer is read; 103 in BERT's uncased vocabulary.</summary>
    [JsonPropertyName("mask_token_id")] public int MaskTokenId { get; init; } = 103;

    /// <summary>The published base model for question answering: cfgs/vqa/base_4x16G_fp32.yaml of the reference.</summary>
    public static VlBertConfig Base { get; } = new();

    /// <summary>The published large model: 24 layers of width 1024.</summary>
    public static VlBertConfig Large { get; } = new()
    {
        HiddenSize = 1024,
        VisualSize = 1024,
        Layers = 24,
        Heads = 16,
        IntermediateSize = 4096,
    };

    /// <summary>
    /// A model for small pictures and short questions that trains on a CPU in minutes: width 96, four layers. Set
    /// <see cref="BertConfig.VocabularySize"/> and <see cref="RegionFeatureSize"/> to the data's; [MASK] is word 4, as in vocabularies
    /// built here.
    /// </summary>
    public static VlBertConfig Tiny { get; } = new()
    {
        HiddenSize = 96,
        VisualSize = 96,
        Layers = 4,
        Heads = 4,
        IntermediateSize = 192,
        MaxPositions = 64,
        CoordinateSize = 8,
        MaskTokenId = 4,

        // From nothing the regions have to be seen from the first update on, and the whole picture added to every word only hides the word.
        TextVisualScale = 0,
        ObjectVisualScale = 1,
        Dropout = 0,
        AttentionDropout = 0,
        ClassifierDropout = 0,
        ObjectDropout = 0,
    };

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "vlbert";

    /// <summary>The longest text, in tokens: the answer slot, the objects and [END] need positions too.</summary>
    [JsonIgnore]
    public override int MaxTokens => MaxPositions - VlBertText.SlotTokens - 2;

    /// <summary>Reads a configuration of the reference.</summary>
    /// <param name="json">
    /// The whole of a configuration file as JSON, its NETWORK section or its NETWORK.VLBERT section; options it does not name keep the
    /// published defaults.
    /// </param>
    /// <exception cref="InvalidDataException">The text is no JSON object, or an option has a value of the wrong kind.</exception>
    /// <exception cref="ArgumentException">The options contradict each other or ask for something this library does not do.</exception>
    public static VlBertConfig FromJson(string json) => Parse(json, "the VL-BERT configuration");

    /// <summary>Reads a configuration file of the reference, as JSON.</summary>
    /// <param name="path">The JSON file.</param>
    /// <inheritdoc cref="FromJson(string)"/>
    public static VlBertConfig Load(string path) => Parse(TextFile.ReadAllText(path), path);

    internal static VlBertConfig Parse(string json, string source) => Parse<VlBertConfig>(json, source, Flatten);

    /// <summary>
    /// The options of NETWORK and of NETWORK.VLBERT in one object, those of the residual network in one of their own where it is asked for in so
    /// many words: other files leave it open, and are read as they are for features.
    /// </summary>
    private static string Flatten(string json)
    {
        if (JsonNode.Parse(json) is not JsonObject whole) return json;
        var network = whole["NETWORK"] as JsonObject ?? whole;
        if (network["IMAGE_FEAT_PRECOMPUTED"] is JsonValue precomputed && precomputed.GetValueKind() == JsonValueKind.False)
        {
            var backbone = network.DeepClone().AsObject();
            if (whole["SCALES"] is JsonArray { Count: 2 } scales)
                (backbone["shorter_side"], backbone["longer_side"]) = (scales[0]?.DeepClone(), scales[1]?.DeepClone());
            network["image_backbone"] ??= backbone;
        }

        if (network["VLBERT"] is not JsonObject flat) return network.ToJsonString();
        foreach (var (option, value) in network.Where(pair => pair.Key != "VLBERT").ToList())
            flat[option] = value?.DeepClone();
        return flat.ToJsonString();
    }
}
