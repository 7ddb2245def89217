using System.Text.Json;
using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

/// <summary>
/// Sizes and options of FIBER's detector (Dou et al. 2022, the fine-grained stage): the two fused towers as backbone, a feature pyramid, a
/// dynamic head (Dai et al. 2021), and at every place of every level a box, how central the place is to it, and a score for each token of the
/// text. The JSON names are those of microsoft/FIBER's fine-grained configuration, without their sections.
/// </summary>
public sealed record FiberDetectorConfig
{
    /// <summary>The published detector of the pre-training, COCO and LVIS; the defaults.</summary>
    public static FiberDetectorConfig Base { get; } = new();

    /// <summary>The published detector of referring expressions: the image's questions to the text are normalised, and no candidate is too weak.</summary>
    public static FiberDetectorConfig Referring { get; } = new() { FusionVersion = "v3", LeastScore = 0, Candidates = 3000 };

    /// <summary>A detector for small pictures and short texts that trains on a CPU: images of 96 pixels, widths 16 to 128 and 32.</summary>
    public static FiberDetectorConfig Tiny { get; } = new()
    {
        PatchSize = 16,
        Depths = [1, 1, 2, 1],
        ImageHeads = [1, 2, 4, 4],
        WindowSize = 4,
        DropPath = 0,
        DropBlock = 0,
        TextSize = 32,
        TextLayers = 3,
        TextHeads = 2,
        VocabularySize = 128,
        MaxPositions = 66,
        MaxTokens = 64,
        TextDropout = 0,
        TextLayersAlone = 1,
        BlocksAlone = 1,
        Channels = 32,
        HeadBlocks = 2,
        Groups = 4,
        AnchorSizes = [24, 48, 96, 192, 384],
        Candidates = 200,
        Detections = 20,
        ShorterSide = 96,
        LongerSide = 160,
    };

    /// <summary>
    /// FUSION_VERSION: "v2", in which image tokens ask the text as they are, or "v3", in which they are normalised first.
    /// </summary>
    [JsonPropertyName("FUSION_VERSION")] public string FusionVersion { get; init; } = "v2";

    /// <summary>EMBED_DIM: width of the first image tokens; each of the three later stages doubles it.</summary>
    [JsonPropertyName("EMBED_DIM")] public int PatchSize { get; init; } = 128;

    /// <summary>DEPTHS: blocks of the four stages of the Swin transformer.</summary>
    [JsonPropertyName("DEPTHS")] public IReadOnlyList<int> Depths { get; init; } = [2, 2, 18, 2];

    /// <summary>NUM_HEADS: attention heads in the blocks of each stage.</summary>
    [JsonPropertyName("NUM_HEADS")] public IReadOnlyList<int> ImageHeads { get; init; } = [4, 8, 16, 32];

    /// <summary>WINDOW_SIZE: tokens along a side of a window.</summary>
    [JsonPropertyName("WINDOW_SIZE")] public int WindowSize { get; init; } = 12;

    /// <summary>DROP_PATH_RATE: the share of images for which the last residual step is left out in training; the first has none.</summary>
    [JsonPropertyName("DROP_PATH_RATE")] public double DropPath { get; init; } = 0.4;

    /// <summary>DROP_BLOCK: about the share of the pyramid's finer sums that is left out in training, in squares of three places.</summary>
    [JsonPropertyName("DROP_BLOCK")] public double DropBlock { get; init; } = 0.3;

    /// <summary>
    /// FREEZE_CONV_BODY_AT: how many of the patches (1) and the stages after them do not learn; 2 in the published pre-training.
    /// </summary>
    [JsonPropertyName("FREEZE_CONV_BODY_AT")] public int FrozenParts { get; init; }

    /// <summary>LANG_DIM: width of RoBERTa; its feed-forward steps are four times as wide.</summary>
    [JsonPropertyName("LANG_DIM")] public int TextSize { get; init; } = 768;

    /// <summary>TEXT_LAYERS: layers of RoBERTa.</summary>
    [JsonPropertyName("TEXT_LAYERS")] public int TextLayers { get; init; } = 12;

    /// <summary>TEXT_HEADS: attention heads of RoBERTa's layers.</summary>
    [JsonPropertyName("TEXT_HEADS")] public int TextHeads { get; init; } = 12;

    /// <summary>VOCAB: rows of the word table.</summary>
    [JsonPropertyName("VOCAB")] public int VocabularySize { get; init; } = 50265;

    /// <summary>Rows of the position table, of which texts cannot use the first two.</summary>
    [JsonPropertyName("MAX_POSITIONS")] public int MaxPositions { get; init; } = 514;

    /// <summary>MAX_QUERY_LEN: tokens that a text is cut or filled up to.</summary>
    [JsonPropertyName("MAX_QUERY_LEN")] public int MaxTokens { get; init; } = 256;

    /// <summary>Dropout in RoBERTa.</summary>
    [JsonPropertyName("TEXT_DROPOUT")] public double TextDropout { get; init; } = 0.1;

    /// <summary>PRE_TEXT: layers of the text that run before the towers read each other.</summary>
    [JsonPropertyName("PRE_TEXT")] public int TextLayersAlone { get; init; } = 6;

    /// <summary>PRE_BLOCK: blocks of the image's third stage that run before.</summary>
    [JsonPropertyName("PRE_BLOCK")] public int BlocksAlone { get; init; } = 14;

    /// <summary>CHANNELS: of every level of the pyramid and of the head.</summary>
    [JsonPropertyName("CHANNELS")] public int Channels { get; init; } = 256;

    /// <summary>NUM_CONVS: blocks of the dynamic head.</summary>
    [JsonPropertyName("NUM_CONVS")] public int HeadBlocks { get; init; } = 6;

    /// <summary>NUM_GROUPS: groups that the head's channels are normalised in.</summary>
    [JsonPropertyName("NUM_GROUPS")] public int Groups { get; init; } = 16;

    /// <summary>NUM_CLASSES: classes of a classifier that checkpoints hold and nothing reads, the background included.</summary>
    [JsonPropertyName("NUM_CLASSES")] public int Classes { get; init; } = 81;

    /// <summary>
    /// ANCHOR_SIZES: pixels along a side of the square at each place of a level, one for each level. The published detector has five levels; one that
    /// looks for small objects alone may have fewer, which are the finest.
    /// </summary>
    [JsonPropertyName("ANCHOR_SIZES")] public IReadOnlyList<double> AnchorSizes { get; init; } = [64, 128, 256, 512, 1024];

    /// <summary>TOPK: the nearest anchors of each level that may be a true box's in training.</summary>
    [JsonPropertyName("TOPK")] public int NearestAnchors { get; init; } = 9;

    /// <summary>INFERENCE_TH: what a text's score at a place must be above, before it is multiplied by how central the place is.</summary>
    [JsonPropertyName("INFERENCE_TH")] public float LeastScore { get; init; } = 0.05f;

    /// <summary>PRE_NMS_TOP_N: how many of each level are looked at.</summary>
    [JsonPropertyName("PRE_NMS_TOP_N")] public int Candidates { get; init; } = 1000;

    /// <summary>NMS_TH: what boxes of one text may overlap.</summary>
    [JsonPropertyName("NMS_TH")] public double Overlap { get; init; } = 0.6;

    /// <summary>DETECTIONS_PER_IMG: how many boxes of an image are kept.</summary>
    [JsonPropertyName("DETECTIONS_PER_IMG")] public int Detections { get; init; } = 100;

    /// <summary>MIN_SIZE_TEST: pixels of the resized image's shorter side, unless the longer becomes too long.</summary>
    [JsonPropertyName("MIN_SIZE_TEST")] public int ShorterSide { get; init; } = 800;

    /// <summary>MAX_SIZE_TEST: the most pixels of the resized image's longer side.</summary>
    [JsonPropertyName("MAX_SIZE_TEST")] public int LongerSide { get; init; } = 1333;

    /// <summary>PIXEL_MEAN: what is subtracted from blue, green and red, 0 to 255.</summary>
    [JsonPropertyName("PIXEL_MEAN")] public IReadOnlyList<float> PixelMean { get; init; } = [103.53f, 116.28f, 123.675f];

    /// <summary>PIXEL_STD: what blue, green and red are then divided by.</summary>
    [JsonPropertyName("PIXEL_STD")] public IReadOnlyList<float> PixelDeviation { get; init; } = [57.375f, 57.12f, 58.395f];

    /// <summary>Pixels of the image for one of each level.</summary>
    [JsonIgnore]
    internal IReadOnlyList<int> Strides => [.. AnchorSizes.Select((_, level) => 8 << level)];

    /// <summary>Levels of the pyramid: of three stages, and two on top.</summary>
    private const int MostLevels = 5;

    /// <summary>Sides of the padded image are multiples of this.</summary>
    internal const int Multiple = 32;

    /// <summary>Reads a configuration in the reference's names.</summary>
    /// <param name="json">JSON; options it does not name keep the published defaults.</param>
    /// <exception cref="InvalidDataException">The text is no JSON object, or an option has a value of the wrong kind.</exception>
    /// <exception cref="ArgumentException">An option has a value that is impossible.</exception>
    public static FiberDetectorConfig FromJson(string json) => Parse(json, "the FIBER detector's configuration");

    /// <summary>Reads a configuration file in the reference's names.</summary>
    /// <param name="path">The JSON file.</param>
    /// <inheritdoc cref="FromJson(string)"/>
    public static FiberDetectorConfig Load(string path) => Parse(TextFile.ReadAllText(path), path);

    internal static FiberDetectorConfig Parse(string json, string source)
    {
        FiberDetectorConfig? config;
        try
        {
            config = JsonSerializer.Deserialize<FiberDetectorConfig>(json);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source}: expected a JSON object of options; {e.Message}", e);
        }

        if (config is null) throw new InvalidDataException($"{source}: expected a JSON object of options, found null.");
        config.Validate(source);
        return config;
    }

    /// <exception cref="ArgumentException">An option has a value that is impossible.</exception>
    internal void Validate(string source)
    {
        var check = new OptionCheck(source);
        check.Positive(
            ("EMBED_DIM", PatchSize), ("WINDOW_SIZE", WindowSize), ("LANG_DIM", TextSize), ("TEXT_LAYERS", TextLayers), ("VOCAB", VocabularySize),
            ("MAX_POSITIONS", MaxPositions), ("MAX_QUERY_LEN", MaxTokens), ("CHANNELS", Channels), ("NUM_CONVS", HeadBlocks),
            ("NUM_GROUPS", Groups), ("TOPK", NearestAnchors), ("PRE_NMS_TOP_N", Candidates), ("DETECTIONS_PER_IMG", Detections),
            ("MIN_SIZE_TEST", ShorterSide), ("MAX_SIZE_TEST", LongerSide));
        check.NotNegative(("PRE_TEXT", TextLayersAlone), ("PRE_BLOCK", BlocksAlone));
        check.Probabilities(("DROP_PATH_RATE", DropPath), ("DROP_BLOCK", DropBlock), ("TEXT_DROPOUT", TextDropout), ("INFERENCE_TH", LeastScore));
        if (FusionVersion is not ("v2" or "v3")) check.Fail("FUSION_VERSION", $"'{FusionVersion}' is neither 'v2' nor 'v3'");
        if (Depths.Count != 4 || ImageHeads.Count != 4) check.Fail("DEPTHS", "four stages and their NUM_HEADS are expected");
        check.Positive([.. Depths.Select(depth => ("DEPTHS", depth)), .. ImageHeads.Select(heads => ("NUM_HEADS", heads))]);
        check.Divisible([.. ImageHeads.Select((heads, stage) => ("EMBED_DIM", PatchSize << stage, heads)), ("LANG_DIM", TextSize, TextHeads)]);
        if (Channels % Groups != 0 || Channels % 4 != 0) check.Fail("CHANNELS", $"{Channels} cannot be divided into {Groups} groups, or by 4");
        if (Classes < 2) check.Fail("NUM_CLASSES", $"{Classes} leaves no class beside the background");
        if (AnchorSizes.Count is < 1 or > MostLevels || !AnchorSizes.All(size => size > 0 && double.IsFinite(size)))
            check.Fail("ANCHOR_SIZES", $"one to {MostLevels} positive numbers are expected");
        if (!(Overlap is >= 0 and <= 1)) check.Fail("NMS_TH", $"{Overlap} is no overlap, which is 0 to 1");
        if (MaxTokens + 2 > MaxPositions) check.Fail("MAX_QUERY_LEN", $"{MaxTokens} tokens have no place among {MaxPositions} positions");
        if (Depths[2] + Depths[3] - BlocksAlone != TextLayers - TextLayersAlone)
        {
            check.Fail(
                "PRE_BLOCK", $"{Depths[2] + Depths[3] - BlocksAlone} blocks of the image and {TextLayers - TextLayersAlone} layers of the text"
                + " read each other; they must be as many");
        }
        foreach (var (option, values) in new[] { ("PIXEL_MEAN", PixelMean), ("PIXEL_STD", PixelDeviation) })
        {
            if (values.Count != 3 || !values.All(float.IsFinite)) check.Fail(option, $"it has {values.Count} numbers; 3 are expected");
            if (option == "PIXEL_STD" && values.Any(value => value <= 0)) check.Fail(option, "a number is not positive");
        }
    }
}
