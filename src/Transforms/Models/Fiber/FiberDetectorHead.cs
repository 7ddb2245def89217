using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>What the detector says of every place of one level.</summary>
/// <param name="Words">A logit for each token of the text, [images, places, tokens].</param>
/// <param name="Deltas">How a box differs from the place's anchor, [images, 4, height, width].</param>
/// <param name="Centerness">A logit of how central the place is, [images, 1, height, width].</param>
internal sealed record LevelScores<T>(T Words, T Deltas, T Centerness)
    where T : class;

/// <summary>The detector's head (fine_grained/maskrcnn_benchmark/modeling/rpn/vldyhead.py, VLDyHead).</summary>
/// <param name="config">The sizes.</param>
/// <param name="prefix">What names start with.</param>
internal sealed class FiberDetectorHead(FiberDetectorConfig config, string prefix = FiberDetectorHead.Prefix)
{
    public const string Prefix = "rpn.head.";

    /// <summary>Logits further from 0 are held there.</summary>
    private const float Most = 50000;

    /// <summary>Where the probability of a token starts.</summary>
    private const double Prior = 0.01;

    /// <param name="engine">The engine.</param>
    /// <param name="levels">The pyramid, [images, channels, height, width] each.</param>
    /// <param name="text">The text's states, zeros where there is no token, [images, tokens, width].</param>
    /// <param name="record">Receives "cls_logits_0" and so on, of the classifier that nothing else reads.</param>
    public IReadOnlyList<LevelScores<T>> Run<T>(IRegionEngine<T> engine, IReadOnlyList<T> levels, T text, Recorder<T>? record = null)
        where T : class
    {
        using var mark = engine.Mark(ParameterMarks.Head);
        var scale = engine.Exp(engine.Parameter(prefix + "log_scale", [1], ParameterRole.Gain));
        var (words, bias) = Words(engine, text);
        for (var i = 0; i < config.HeadBlocks; i++)
            levels = new DynamicBlock($"{prefix}dyhead_tower.{i}.", config.Channels, config.Groups).Run(engine, levels);
        if (record is null)
        {
            engine.Unused(prefix + "cls_logits.weight", config.Classes - 1, config.Channels, 1, 1);
            engine.Unused(prefix + "cls_logits.bias", config.Classes - 1);
        }

        return [.. levels.Select((x, level) =>
        {
            record?.Invoke($"cls_logits_{level}", Classify(engine, x));
            var places = engine.Transpose(engine.MergeAxes(x, 2), 0, 2, 1);
            var logits = engine.Add(engine.Divide(engine.MatMul(places, words), scale), bias);
            var deltas = engine.Conv2D(x, prefix + "bbox_pred", 4, 1);
            return new LevelScores<T>(
                engine.Maximum(engine.Minimum(logits, engine.Constant([Most], 1)), engine.Constant([-Most], 1)),
                engine.Multiply(deltas, engine.Parameter($"{prefix}scales.{level}.scale", [1], ParameterRole.Gain, 1)),
                engine.Conv2D(x, prefix + "centerness", 1, 1));
        })];
    }

    /// <summary>What places are compared with, [images, channels, tokens], and each token's own logit, [images, 1, tokens].</summary>
    private (T Words, T Bias) Words<T>(IRegionEngine<T> engine, T text)
        where T : class
    {
        // PyTorch's normalize: no text is divided by less than 1e-12, so zeros stay, and the root of 0, which has no gradient, is not taken.
        var square = engine.Maximum(engine.Sum(engine.Multiply(text, text), -1, keepAxis: true), engine.Constant([1e-24f], 1));
        var unit = engine.Divide(text, engine.Sqrt(square));
        var words = engine.Linear(engine.Affine(unit, 0.5f), prefix + "dot_product_projection_text", config.Channels);
        var weights = engine.Parameter(prefix + "bias_lang", [config.TextSize], ParameterRole.Bias);
        var own = engine.Add(
            engine.MatMul(unit, engine.Unsqueeze(weights, 1)),
            engine.Parameter(prefix + "bias0", [1], ParameterRole.Bias, -Math.Log((1 - Prior) / Prior)));
        return (engine.Transpose(words, 0, 2, 1), engine.Transpose(own, 0, 2, 1));
    }

    private T Classify<T>(IRegionEngine<T> engine, T x)
        where T : class
    {
        using var mark = engine.Mark(ParameterMarks.Fixed);
        return engine.Conv2D(x, prefix + "cls_logits", config.Classes - 1, 1);
    }
}
