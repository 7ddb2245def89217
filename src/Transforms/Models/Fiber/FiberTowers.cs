using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>FIBER's two towers as data: their blocks and layers, with those that read the other tower, and which run together.</summary>
internal sealed class FiberTowers
{
    public const string Vision = "vit_model.";
    public const string Text = "text_transformer.";

    private const int Stages = 4;

    /// <param name="config">The sizes.</param>
    /// <param name="vision">What the names of the image tower start with.</param>
    /// <param name="text">What the names of the text tower start with.</param>
    public FiberTowers(FiberConfig config, string vision = Vision, string text = Text)
    {
        var blocks = config.Depths.Sum();
        Blocks =
        [
            .. config.Depths.Select((depth, stage) => Enumerable.Range(0, depth).Select(block => new SwinBlock(
                $"{vision}layers.{stage}.blocks.{block}", Width(config, stage), config.ImageHeads[stage], Windows(config, stage, block))
            {
                DropPath = blocks < 2 ? 0 : config.DropPath * (config.Depths.Take(stage).Sum() + block) / (blocks - 1),
                Cross = IsFused(config, stage, block)
                    ? new($"{vision}layers.{stage}.blocks.{block}.attn", config.Fusion, config.ImageHeads[stage], Width(config, stage))
                    : null,
            }).ToArray()),
        ];
        Layers =
        [
            .. Enumerable.Range(0, config.TextLayers).Select(layer => new RobertaLayer(
                $"{text}encoder.layer.{layer}", config.TextHiddenSize, config.TextHeads, config.TextIntermediateSize, config.TextEpsilon)
            {
                Dropout = config.TextDropout,
                AttentionDropout = config.TextAttentionDropout,
                Cross = layer < config.TextLayers - config.FusedBlocks
                    ? null
                    : new($"{text}encoder.layer.{layer}", config.Fusion, config.TextHeads, config.TextHiddenSize)
                    {
                        ProbabilityDropout = config.TextAttentionDropout,
                        OutputDropout = config.TextDropout,
                    },
            }),
        ];
        Alone = config.TextLayers - config.FusedBlocks;
        Embedding = new(
            text + "embeddings.", config.VocabularySize, config.MaxPositions, config.TextHiddenSize, config.TextEpsilon, config.TextDropout);
    }

    /// <summary>The blocks of each stage.</summary>
    public IReadOnlyList<IReadOnlyList<SwinBlock>> Blocks { get; }

    /// <summary>The text's embedding.</summary>
    public RobertaEmbedding Embedding { get; }

    /// <summary>The text's layers.</summary>
    public IReadOnlyList<RobertaLayer> Layers { get; }

    /// <summary>How many of the first layers never read the image.</summary>
    public int Alone { get; }

    /// <summary>Width of the image tokens in a stage.</summary>
    public static int Width(FiberConfig config, int stage) => config.PatchSize << stage;

    private static bool IsFused(FiberConfig config, int stage, int block) =>
        stage == Stages - 1 || (stage == Stages - 2 && block >= config.Depths[^2] + config.Depths[^1] - config.FusedBlocks);

    private static SwinWindows Windows(FiberConfig config, int stage, int block) =>
        SwinWindows.Of(config.ImageSize / SwinEdges.Patch >> stage, config.Window, block % 2 == 1);
}
