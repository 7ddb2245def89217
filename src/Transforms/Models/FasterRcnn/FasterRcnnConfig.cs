using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

/// <summary>
/// Sizes and options of a Faster R-CNN detector (Ren et al. 2015) as bottom-up attention has it (Anderson et al. 2018): a ResNet up to its
/// fourth stage, a region proposal network, regions cut out of the map by RoI pooling, the fifth stage on each, and class, box and attribute
/// heads. <see cref="FromJson"/> reads the names of detectron2's configuration, which the extractor of the transformers library uses
/// (modeling_frcnn.py); properties of this record are grouped as there.
/// </summary>
public sealed partial record FasterRcnnConfig
{
    /// <summary>The detector trained on Visual Genome: ResNet-101, 1,600 classes, 400 attributes; the defaults.</summary>
    public static FasterRcnnConfig VisualGenome { get; } = new();

    /// <summary>
    /// A small one that learns from nothing in minutes on a CPU, about pictures of few objects: 14 layers, features of 256 values, images of 192
    /// pixels. The numbers of
    /// classes and attributes are those of the rows that it is trained on.
    /// </summary>
    public static FasterRcnnConfig Tiny { get; } = new()
    {
        ShorterSide = 192,
        LongerSide = 320,
        PixelMean = [128, 128, 128],
        PixelDeviation = [64, 64, 64],
        Depth = 14,
        StemChannels = 16,
        StageChannels = 32,
        WidthPerGroup = 16,
        FrozenStages = 0,
        AnchorSizes = [24, 48, 96],
        ProposalChannels = 64,
        ProposalsLookedAt = 400,
        Proposals = 40,
        PoolSize = 7,
        HalvesRegions = true,
        Classes = 1,
        Attributes = 1,
        MinRegions = 1,
        MaxRegions = 20,
    };

    /// <summary>INPUT.MIN_SIZE_TEST: pixels of the resized image's shorter side, unless the longer becomes too long.</summary>
    public int ShorterSide { get; init; } = 800;

    /// <summary>INPUT.MAX_SIZE_TEST: the most pixels of the resized image's longer side.</summary>
    public int LongerSide { get; init; } = 1333;

    /// <summary>MODEL.PIXEL_MEAN: what is subtracted from blue, green and red, 0 to 255.</summary>
    public IReadOnlyList<float> PixelMean { get; init; } = [102.9801f, 115.9465f, 122.7717f];

    /// <summary>MODEL.PIXEL_STD: what blue, green and red are then divided by.</summary>
    public IReadOnlyList<float> PixelDeviation { get; init; } = [1, 1, 1];

    /// <summary>MODEL.MAX_POOL: whether the first pool is Caffe's (no padding, rounded up), else PyTorch's.</summary>
    public bool CaffePool { get; init; } = true;

    /// <summary>RESNETS.DEPTH: 50, 101 or 152 layers; small ones, which have not been published, 14 or 26.</summary>
    public int Depth { get; init; } = 101;

    /// <summary>RESNETS.STEM_OUT_CHANNELS.</summary>
    public int StemChannels { get; init; } = 64;

    /// <summary>RESNETS.RES2_OUT_CHANNELS: channels after the second stage, doubled by every further one.</summary>
    public int StageChannels { get; init; } = 256;

    /// <summary>RESNETS.WIDTH_PER_GROUP: channels between a bottleneck's convolutions, of each group, in the second stage.</summary>
    public int WidthPerGroup { get; init; } = 64;

    /// <summary>RESNETS.NUM_GROUPS.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>RESNETS.STRIDE_IN_1X1: whether a stage halves the size in its first 1 × 1 convolution, else in its 3 × 3 one.</summary>
    public bool StrideInFirst { get; init; } = true;

    /// <summary>RESNETS.NORM: whether convolutions are followed by batch normalisation ("BN", "FrozenBN"), else by nothing ("").</summary>
    public bool Normalizes { get; init; } = true;

    /// <summary>BACKBONE.FREEZE_AT: how many of the stem (1) and the stages after it do not learn.</summary>
    public int FrozenStages { get; init; } = 2;

    /// <summary>ANCHOR_GENERATOR.SIZES: sides of the square anchors, in pixels of the resized image.</summary>
    public IReadOnlyList<double> AnchorSizes { get; init; } = [64, 128, 256, 512];

    /// <summary>ANCHOR_GENERATOR.ASPECT_RATIOS: height by width of the anchors of each size.</summary>
    public IReadOnlyList<double> AnchorRatios { get; init; } = [0.5, 1, 2];

    /// <summary>ANCHOR_GENERATOR.OFFSET: where in its pixels of the image a place of the map lies, 0 to 1.</summary>
    public double AnchorOffset { get; init; }

    /// <summary>PROPOSAL_GENERATOR.HIDDEN_CHANNELS; -1 for those of the map.</summary>
    public int ProposalChannels { get; init; } = 512;

    /// <summary>PROPOSAL_GENERATOR.MIN_SIZE: proposals must have longer sides, in pixels of the resized image.</summary>
    public float ProposalMinSide { get; init; }

    /// <summary>RPN.NMS_THRESH: the overlap that proposals may have.</summary>
    public double ProposalOverlap { get; init; } = 0.7;

    /// <summary>RPN.PRE_NMS_TOPK_TEST: how many of the best proposals are looked at.</summary>
    public int ProposalsLookedAt { get; init; } = 6000;

    /// <summary>RPN.POST_NMS_TOPK_TEST: how many of those that are left are regions.</summary>
    public int Proposals { get; init; } = 300;

    /// <summary>RPN.BBOX_REG_WEIGHTS: weights of dx, dy, dw, dh of proposals.</summary>
    public IReadOnlyList<float> ProposalBoxWeights { get; init; } = [1, 1, 1, 1];

    /// <summary>ROI_BOX_HEAD.POOLER_RESOLUTION: cells along each side of a region.</summary>
    public int PoolSize { get; init; } = 14;

    /// <summary>ROI_BOX_HEAD.RES5HALVE: whether the fifth stage halves the cells; else its 3 × 3 convolutions are dilated by 2.</summary>
    public bool HalvesRegions { get; init; }

    /// <summary>ROI_BOX_HEAD.BBOX_REG_WEIGHTS: weights of dx, dy, dw, dh of regions.</summary>
    public IReadOnlyList<float> BoxWeights { get; init; } = [10, 10, 5, 5];

    /// <summary>ROI_BOX_HEAD.CLS_AGNOSTIC_BBOX_REG: whether a region has one box for all classes.</summary>
    public bool SharesBoxes { get; init; }

    /// <summary>ROI_HEADS.NUM_CLASSES: classes of objects, without the background, which is the last.</summary>
    public int Classes { get; init; } = 1600;

    /// <summary>ROI_BOX_HEAD.NUM_ATTRS: attributes, without "none", which is the last.</summary>
    public int Attributes { get; init; } = 400;

    /// <summary>ROI_HEADS.NMS_THRESH_TEST: overlaps that found regions may have; the next is tried where too few are left.</summary>
    public IReadOnlyList<double> RegionOverlaps { get; init; } = [0.5, 0.6, 0.7, 0.8, 0.9];

    /// <summary>MIN_DETECTIONS: regions of an image, at least, if there are so many proposals.</summary>
    public int MinRegions { get; init; } = 36;

    /// <summary>MAX_DETECTIONS: regions of an image, at most.</summary>
    public int MaxRegions { get; init; } = 36;

    /// <summary>The number of values of a region's feature.</summary>
    [JsonIgnore]
    public int FeatureSize => 8 * StageChannels;

    /// <summary>Pixels of the image for one of the map.</summary>
    internal const int Stride = 16;

    /// <summary>How convolutions are normalised, and what they are called.</summary>
    [JsonIgnore]
    internal ResNetNorms Norms { get => field ?? ResNetNorms.Usual with { Normalizes = Normalizes }; init; }

    /// <summary>Channels of the map.</summary>
    [JsonIgnore]
    internal int MapChannels => 4 * StageChannels;

    /// <summary>Anchors around each place of the map.</summary>
    [JsonIgnore]
    internal int AnchorCount => AnchorSizes.Count * AnchorRatios.Count;

    /// <summary>Bottlenecks of the second to the fifth stage.</summary>
    [JsonIgnore]
    internal IReadOnlyList<int> Blocks => Depth switch
    {
        14 => [1, 1, 1, 1],
        26 => [2, 2, 2, 2],
        50 => [3, 4, 6, 3],
        101 => [3, 4, 23, 3],
        _ => [3, 8, 36, 3],
    };

    /// <summary>Reads a configuration in detectron2's names, upper or lower case.</summary>
    /// <param name="json">JSON, such as the transformers library's config.yaml of the extractor as JSON; options it does not name keep the defaults.</param>
    /// <exception cref="InvalidDataException">The text is no JSON object, or an option has a value of the wrong kind.</exception>
    /// <exception cref="ArgumentException">An option has a value that is impossible or not supported.</exception>
    public static FasterRcnnConfig FromJson(string json) => DetectronOptions.Read(json, "the Faster R-CNN configuration");

    /// <summary>Reads a configuration file in detectron2's names.</summary>
    /// <param name="path">The JSON file.</param>
    /// <inheritdoc cref="FromJson(string)"/>
    public static FasterRcnnConfig Load(string path) => DetectronOptions.Read(TextFile.ReadAllText(path), path);

    /// <exception cref="ArgumentException">An option has a value that is impossible or not supported.</exception>
    internal void Validate(string source)
    {
        var check = new OptionCheck(source);
        check.Positive(
            (nameof(ShorterSide), ShorterSide), (nameof(LongerSide), LongerSide), (nameof(StemChannels), StemChannels),
            (nameof(StageChannels), StageChannels), (nameof(WidthPerGroup), WidthPerGroup), (nameof(Groups), Groups),
            (nameof(ProposalsLookedAt), ProposalsLookedAt), (nameof(Proposals), Proposals), (nameof(PoolSize), PoolSize),
            (nameof(Classes), Classes), (nameof(Attributes), Attributes), (nameof(MaxRegions), MaxRegions));
        check.NotNegative((nameof(MinRegions), MinRegions), (nameof(FrozenStages), FrozenStages));
        if (Depth is not (14 or 26 or 50 or 101 or 152)) check.Fail(nameof(Depth), $"{Depth} is not supported; only 14, 26, 50, 101 and 152 are");
        if (ShorterSide > LongerSide) check.Fail(nameof(ShorterSide), $"{ShorterSide} is more than {nameof(LongerSide)}, {LongerSide}");
        if (MinRegions > MaxRegions) check.Fail(nameof(MinRegions), $"{MinRegions} is more than {nameof(MaxRegions)}, {MaxRegions}");
        if (ProposalChannels is not (> 0 or -1)) check.Fail(nameof(ProposalChannels), $"{ProposalChannels} is neither positive nor -1");
        if (!(ProposalMinSide >= 0)) check.Fail(nameof(ProposalMinSide), $"{ProposalMinSide} is negative");
        foreach (var (option, values, count) in new[] { (nameof(PixelMean), PixelMean, 3), (nameof(PixelDeviation), PixelDeviation, 3),
            (nameof(ProposalBoxWeights), ProposalBoxWeights, 4), (nameof(BoxWeights), BoxWeights, 4) })
        {
            if (values.Count != count || !values.All(float.IsFinite)) check.Fail(option, $"it has {values.Count} numbers; {count} are expected");
            if (option != nameof(PixelMean) && values.Any(value => value <= 0)) check.Fail(option, "a number is not positive");
        }
        foreach (var (option, values) in new[] { (nameof(AnchorSizes), AnchorSizes), (nameof(AnchorRatios), AnchorRatios) })
            if (values.Count == 0 || !values.All(value => value > 0 && double.IsFinite(value))) check.Fail(option, "positive numbers are expected");
        if (RegionOverlaps.Count == 0) check.Fail(nameof(RegionOverlaps), "it is empty");
        foreach (var overlap in RegionOverlaps.Append(ProposalOverlap))
            if (!(overlap is >= 0 and <= 1)) check.Fail(nameof(RegionOverlaps), $"{overlap} is no overlap, which is 0 to 1");
    }
}
