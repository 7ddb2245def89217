using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

/// <summary>
/// The residual network with which VL-BERT looks at boxes itself, and which learns with it (Su et al. 2020; common/fast_rcnn.py): a ResNet up
/// to its fourth stage over the whole image, boxes cut out of its map by RoIAlign, the fifth stage on each and the mean of its places. The
/// defaults are ResNet-101 as the published models have it. JSON names in capitals are those of the reference's NETWORK section.
/// </summary>
public sealed record VlBertBackbone
{
    private static readonly float[] Halves = [128, 128, 128], Quarters = [64, 64, 64];

    /// <summary>
    /// A small one that learns from nothing on a CPU, about pictures of few objects: 14 layers, features of 256 values, pictures of 128 pixels.
    /// </summary>
    public static VlBertBackbone Tiny { get; } = new()
    {
        Depth = 14,
        StemChannels = 16,
        StageChannels = 32,
        WidthPerGroup = 16,
        DilatesLastStage = false,
        FreezesNormalization = false,
        FrozenStages = [],
        PixelMean = Halves,
        PixelDeviation = Quarters,
        ShorterSide = 128,
        LongerSide = 128,
        PoolSize = 8,
    };

    /// <summary>50, 101 or 152 layers; small ones, which have not been published, 14 or 26.</summary>
    [JsonPropertyName("IMAGE_NUM_LAYERS")] public int Depth { get; init; } = 101;

    /// <summary>Channels after the first convolution.</summary>
    [JsonPropertyName("stem_channels")] public int StemChannels { get; init; } = 64;

    /// <summary>Channels after the second stage, doubled by every further one; a feature has eight times as many values.</summary>
    [JsonPropertyName("stage_channels")] public int StageChannels { get; init; } = 256;

    /// <summary>Channels between a bottleneck's convolutions in the second stage.</summary>
    [JsonPropertyName("width_per_group")] public int WidthPerGroup { get; init; } = 64;

    /// <summary>Whether a stage halves the size in its first 1 × 1 convolution, else in its 3 × 3 one.</summary>
    [JsonPropertyName("IMAGE_STRIDE_IN_1x1")] public bool StrideInFirst { get; init; } = true;

    /// <summary>Whether the fifth stage keeps the size of what it reads and is dilated by 2; else it halves it.</summary>
    [JsonPropertyName("IMAGE_C5_DILATED")] public bool DilatesLastStage { get; init; } = true;

    /// <summary>Whether factors and shifts of normalisations stay what they are; their statistics always do.</summary>
    [JsonPropertyName("IMAGE_FROZEN_BN")] public bool FreezesNormalization { get; init; } = true;

    /// <summary>Stages that do not learn, from 1, the first convolution, on without a gap; 5 reads the boxes.</summary>
    [JsonPropertyName("IMAGE_FROZEN_BACKBONE_STAGES")] public IReadOnlyList<int> FrozenStages { get; init; } = [1, 2];

    /// <summary>What is subtracted from blue, green and red, 0 to 255.</summary>
    [JsonPropertyName("PIXEL_MEANS")] public IReadOnlyList<float> PixelMean { get; init; } = [102.9801f, 115.9465f, 122.7717f];

    /// <summary>What blue, green and red are then divided by.</summary>
    [JsonPropertyName("PIXEL_STDS")] public IReadOnlyList<float> PixelDeviation { get; init; } = [1, 1, 1];

    /// <summary>Pixels of the resized image's shorter side, unless the longer becomes too long; the first of the reference's SCALES.</summary>
    [JsonPropertyName("shorter_side")] public int ShorterSide { get; init; } = 600;

    /// <summary>The most pixels of the resized image's longer side; the second of SCALES.</summary>
    [JsonPropertyName("longer_side")] public int LongerSide { get; init; } = 1000;

    /// <summary>Cells along each side of a box; the reference fixes it at 14.</summary>
    [JsonPropertyName("pool_size")] public int PoolSize { get; init; } = 14;

    /// <summary>The number of values of a box's feature.</summary>
    [JsonIgnore]
    public int FeatureSize => 8 * StageChannels;

    /// <summary>The same network among a detector's options.</summary>
    internal FasterRcnnConfig ToNetwork() => new()
    {
        ShorterSide = ShorterSide,
        LongerSide = LongerSide,
        PixelMean = PixelMean,
        PixelDeviation = PixelDeviation,
        CaffePool = false,
        Depth = Depth,
        StemChannels = StemChannels,
        StageChannels = StageChannels,
        WidthPerGroup = WidthPerGroup,
        StrideInFirst = StrideInFirst,
        FrozenStages = FrozenStages.Count,
        PoolSize = PoolSize,
        HalvesRegions = !DilatesLastStage,
        Norms = new ResNetNorms(Learns: !FreezesNormalization, AsTorchvision: true),
    };

    /// <exception cref="ArgumentException">An option has a value that is impossible or not supported.</exception>
    internal void Validate(string source)
    {
        if (FrozenStages is null || PixelMean is null || PixelDeviation is null)
            throw new ArgumentException($"{source}: a list of the image backbone is null.");
        if (!FrozenStages.SequenceEqual(Enumerable.Range(1, FrozenStages.Count)) || FrozenStages.Count > 5)
        {
            new OptionCheck(source).Fail(
                "IMAGE_FROZEN_BACKBONE_STAGES",
                $"[{string.Join(", ", FrozenStages)}]; 1, 2 and so on to at most 5 without a gap are expected, or none");
        }

        ToNetwork().Validate(source);
    }
}
