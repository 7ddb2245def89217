using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Models;

/// <summary>FIBER's detector from pixels and tokens to boxes, on any engine; see <see cref="FiberDetectorConfig"/>.</summary>
internal static class FiberDetectorNetwork
{
    /// <summary>What the detector says of every place of every level.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="images">[images, 3, height, width], normalised and padded; the sides are multiples of 32.</param>
    /// <param name="ids">Int64 [images, tokens].</param>
    /// <param name="mask">1 for a token, 0 for padding, floats [images, tokens].</param>
    public static IReadOnlyList<LevelScores<T>> Score<T>(IRegionEngine<T> engine, FiberDetectorConfig config, T images, T ids, T mask)
        where T : class
    {
        var (levels, text) = new FiberDetectorBackbone(config).Run(engine, images, ids, mask);
        return new FiberDetectorHead(config).Run(engine, levels, engine.Multiply(text, engine.Unsqueeze(mask, 2)));
    }

    /// <summary>What is found in one image, in pixels of the raw one.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="image">[1, 3, height, width], resized and normalised.</param>
    /// <param name="ids">Int64 [1, tokens], all of them tokens.</param>
    /// <param name="texts">1 for a token of the text, 0 for another, floats [texts, tokens].</param>
    /// <param name="size">Height and width of the resized image, floats [2].</param>
    /// <param name="scale">Pixels of the raw image for one of it, [2]: down, across.</param>
    /// <param name="limits">How sure and how many; null for the configuration's.</param>
    public static Detections<T> Find<T>(
        IRegionEngine<T> engine, FiberDetectorConfig config, T image, T ids, T texts, T size, T scale, DetectionLimits<T>? limits = null)
        where T : class
    {
        var padded = engine.PadToMultiple(engine.PadToMultiple(image, 2, FiberDetectorConfig.Multiple), 3, FiberDetectorConfig.Multiple);
        var levels = Score(engine, config, padded, ids, engine.Affine(engine.ToFloat(ids), 0, 1));
        var found = new FiberDetections(config).Choose(engine, levels, 0, texts, size, limits);
        T down = engine.Slice(scale, 0, 0, 1), across = engine.Slice(scale, 0, 1, 2);
        return found with { Boxes = engine.Multiply(found.Boxes, engine.Concat(0, across, down, across, down)) };
    }

    /// <summary>The parameters of the whole detector.</summary>
    public static IReadOnlyList<ModelParameter> Parameters(FiberDetectorConfig config) =>
        Lister.List(engine => Score(engine, config, new(1, 3, null, null), new(1, null), new(1, null)));
}
