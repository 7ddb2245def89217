using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// The two towers under FIBER's detector, for images of any size (fine_grained/maskrcnn_benchmark/modeling/backbone/
/// fusion_swin_transformer_v2.py and _v3.py), and the feature pyramid on them.
/// </summary>
/// <param name="config">The sizes.</param>
/// <param name="prefix">What names start with.</param>
internal sealed class FiberDetectorBackbone(FiberDetectorConfig config, string prefix = FiberDetectorBackbone.Prefix)
{
    public const string Prefix = "fusion_backbone.";

    private const int Stages = 4;
    private const double TextEpsilon = 1e-5;
    private readonly string _image = prefix + "backbone.body.";
    private readonly string _text = prefix + "language_backbone.body.model.";

    /// <param name="engine">The engine.</param>
    /// <param name="images">[images, 3, height, width], normalised and padded; the sides are multiples of 32.</param>
    /// <param name="ids">Int64 [images, tokens].</param>
    /// <param name="mask">1 for a token, 0 for padding, floats [images, tokens].</param>
    /// <param name="record">Receives intermediate states.</param>
    /// <returns>The pyramid's levels, and the last states of the text, [images, tokens, width].</returns>
    public (IReadOnlyList<T> Levels, T Text) Run<T>(IImageEngine<T> engine, T images, T ids, T mask, Recorder<T>? record = null)
        where T : class
    {
        var textMask = Masks.Additive(engine, mask);
        T image;
        using (Frozen(engine, 0)) image = SwinEdges.Patches(engine, images, _image + "patch_embed", config.PatchSize);
        var text = Embedding.Run(engine, ids);
        var layer = 0;
        for (; layer < config.TextLayersAlone; layer++)
        {
            var own = Layer(layer);
            text = engine.Segment([text], states => [own.Run(engine, states[0], textMask)])[0];
            record?.Invoke($"text.layer.{layer}", text);
        }

        var maps = new List<T>();
        for (var stage = 0; stage < Stages; stage++)
        {
            using var frozen = Frozen(engine, stage + 1);
            for (var number = 0; number < config.Depths[stage]; number++)
            {
                var block = Block(stage, number);
                if (block.Cross is null)
                {
                    image = engine.Segment([image], states => [block.Run(engine, states[0])])[0];
                }
                else
                {
                    // Both read the other's state from before.
                    var own = Layer(layer);
                    var pair = engine.Segment([image, text], states =>
                    [
                        block.Run(engine, states[0], states[1], textMask),
                        own.Run(engine, states[1], textMask, engine.MergeAxes(states[0], 1)),
                    ]);
                    (image, text) = (pair[0], pair[1]);
                    record?.Invoke($"text.layer.{layer}", text);
                    layer++;
                }

                record?.Invoke($"vision.layers.{stage}.blocks.{number}", engine.MergeAxes(image, 1));
            }

            // The first stage's map is too fine for the pyramid.
            var map = stage == 0 ? image : engine.LayerNorm(image, $"{_image}norm{stage}", SwinBlock.Epsilon, decayed: true);
            map = engine.Transpose(map, 0, 3, 1, 2);
            record?.Invoke($"out.stage{stage + 2}", map);
            if (stage > 0) maps.Add(map);
            if (stage < Stages - 1) image = SwinEdges.Merge(engine, image, $"{_image}layers.{stage}.downsample", Width(stage));
        }

        var pyramid = new FeaturePyramid(prefix + "backbone.fpn", config.Channels, config.AnchorSizes.Count) { DropBlock = config.DropBlock };
        return (pyramid.Run(engine, maps), text);
    }

    private RobertaEmbedding Embedding => new(
        _text + "embeddings.", config.VocabularySize, config.MaxPositions, config.TextSize, TextEpsilon, config.TextDropout);

    private RobertaLayer Layer(int layer) => new(
        $"{_text}encoder.layer.{layer}", config.TextSize, config.TextHeads, 4 * config.TextSize, TextEpsilon)
    {
        Dropout = config.TextDropout,
        AttentionDropout = config.TextDropout,
        Cross = layer < config.TextLayersAlone
            ? null
            : new($"{_text}encoder.layer.{layer}", Fusion.Gated, config.TextHeads, config.TextSize)
            {
                ProbabilityDropout = config.TextDropout,
                OutputDropout = config.TextDropout,
            },
    };

    private SwinBlock Block(int stage, int number)
    {
        var name = $"{_image}layers.{stage}.blocks.{number}";
        var blocks = config.Depths.Sum();
        var isFused = stage == Stages - 1 || (stage == Stages - 2 && number >= config.BlocksAlone);
        return new(name, Width(stage), config.ImageHeads[stage], new FreeWindows(config.WindowSize, number % 2 == 1 ? config.WindowSize / 2 : 0))
        {
            DropPath = blocks < 2 ? 0 : config.DropPath * (config.Depths.Take(stage).Sum() + number) / (blocks - 1),
            Cross = isFused
                ? new(name + ".attn", Fusion.Gated, config.ImageHeads[stage], Width(stage)) { Normalizes = config.FusionVersion == "v3" }
                : null,
        };
    }

    /// <summary>Width of the image tokens in a stage.</summary>
    private int Width(int stage) => config.PatchSize << stage;

    /// <summary>The patches are part 0, the stages those after.</summary>
    private IDisposable? Frozen<T>(IEngine<T> engine, int part)
        where T : class => part < config.FrozenParts ? engine.Mark(ParameterMarks.Fixed) : null;
}
