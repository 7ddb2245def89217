using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>What is found of one image.</summary>
/// <param name="Boxes">[found, 4], in pixels of the resized image, the far corners pixels of the boxes.</param>
/// <param name="Scores">[found], the best first.</param>
/// <param name="Labels">Which text each box is of, Int64 [found], from 0.</param>
internal sealed record Detections<T>(T Boxes, T Scores, T Labels)
    where T : class;

/// <summary>What is asked for of one image, where it is not the configuration's.</summary>
/// <param name="LeastScore">What a text's score at a place must be above, floats [1].</param>
/// <param name="Most">How many boxes are kept, an Int64 scalar.</param>
internal sealed record DetectionLimits<T>(T LeastScore, T Most)
    where T : class;

/// <summary>
/// From what the detector says of every place to boxes (fine_grained/maskrcnn_benchmark/modeling/rpn/inference.py, ATSSPostProcessor). Nothing
/// here has a gradient.
/// </summary>
/// <param name="config">The sizes.</param>
internal sealed class FiberDetections(FiberDetectorConfig config)
{
    /// <summary>Boxes relative to their anchors.</summary>
    public static BoxCoder Coder { get; } = new([10, 10, 5, 5]) { EndsInPixel = true };

    /// <summary>The anchors of a level, [places, 4].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="level">Its number.</param>
    /// <param name="map">[images, any, height, width].</param>
    public T Anchors<T>(IEngine<T> engine, int level, T map)
        where T : class => Layers.Anchors.Grid(
            engine, engine.Constant(Layers.Anchors.PixelCell(config.AnchorSizes[level], config.Strides[level]), 1, 4), map, config.Strides[level], 0);

    /// <summary>The boxes of one image.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="levels">Of all images.</param>
    /// <param name="image">The image's number.</param>
    /// <param name="texts">1 for a token of the text, 0 for another, floats [texts, tokens].</param>
    /// <param name="size">The image's own height and width without padding, floats [2].</param>
    /// <param name="limits">How sure and how many; null for the configuration's.</param>
    public Detections<T> Choose<T>(
        IRegionEngine<T> engine, IReadOnlyList<LevelScores<T>> levels, int image, T texts, T size, DetectionLimits<T>? limits = null)
        where T : class
    {
        limits ??= new(engine.Constant([config.LeastScore], 1), Whole(engine, config.Detections));
        var best = levels.Select((scores, level) => Candidates(engine, scores, level, image, texts, limits.LeastScore)).ToList();
        T Together(Func<Detections<T>, T> part) => engine.Concat(0, [.. best.Select(part)]);
        var boxes = Boxes.Clip(engine, Together(found => found.Boxes), engine.Affine(size, 1, -1));
        return Apart(engine, boxes, Together(found => found.Scores), Together(found => found.Labels), engine.Length(texts, 0), limits.Most);
    }

    /// <summary>
    /// Without those that overlap with a better one of their text, and the best of the rest: the reference keeps all that are as good as
    /// the last. What it then drops, boxes of a negative side, does not come about.
    /// </summary>
    private Detections<T> Apart<T>(IRegionEngine<T> engine, T boxes, T scores, T labels, T count, T most)
        where T : class
    {
        var kept = Suppress(engine, boxes, scores, labels, count, config.Overlap);
        var order = engine.Gather(kept, engine.Largest(engine.Gather(scores, kept), engine.Length(kept, 0)));
        var sorted = engine.Gather(scores, order);

        // A zero more, so that there is a last score where nothing is found.
        var last = engine.Maximum(engine.Minimum(engine.Length(sorted, 0), most), Whole(engine, 1));
        var least = engine.Gather(engine.Concat(0, sorted, engine.Constant([0f], 1)), engine.Affine(last, 1, -1));
        var chosen = engine.Gather(order, engine.Where(engine.Affine(engine.Less(sorted, least), -1, 1)));
        return new(engine.Gather(boxes, chosen), engine.Gather(scores, chosen), engine.Gather(labels, chosen));
    }

    /// <summary>The places of boxes that do not overlap with a better one of the same label, text after text.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="boxes">[boxes, 4], the far corners pixels of them.</param>
    /// <param name="scores">[boxes], above 0.</param>
    /// <param name="labels">Int64 [boxes], from 0.</param>
    /// <param name="count">How many labels there are, Int64.</param>
    /// <param name="overlap">What boxes may overlap.</param>
    public static T Suppress<T>(IRegionEngine<T> engine, T boxes, T scores, T labels, T count, double overlap)
        where T : class
    {
        // A row for each label: moving the boxes of labels apart would round them, with many labels by much.
        var isOf = engine.Equal(engine.Unsqueeze(engine.Range(count), 1), engine.Unsqueeze(labels, 0));
        var ends = engine.Add(boxes, engine.Constant([0f, 0, 1, 1], 4));
        return engine.Squeeze(engine.Slice(engine.Suppress(ends, engine.Multiply(isOf, scores), overlap, 0), 1, 1, 2), 1);
    }

    /// <summary>The best boxes of one level of an image, the best first, their scores and texts.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="level">Of all images.</param>
    /// <param name="number">The level's.</param>
    /// <param name="image">The image's number.</param>
    /// <param name="texts">1 for a token of the text, 0 for another, floats [texts, tokens].</param>
    /// <param name="least">What a text's score must be above, floats [1]; null for the configuration's.</param>
    public Detections<T> Candidates<T>(IRegionEngine<T> engine, LevelScores<T> level, int number, int image, T texts, T? least = null)
        where T : class
    {
        var tokens = engine.Activate(Own(level.Words), Activation.Sigmoid);
        var sure = TokenScores.Of(engine, tokens, texts);
        var central = engine.Activate(engine.Reshape(Own(level.Centerness), -1, 1), Activation.Sigmoid);
        var scores = engine.Reshape(engine.Multiply(sure, central), -1);

        // What is sure enough is decided before how central it is counts.
        var likely = engine.Where(engine.Reshape(engine.Less(least ?? engine.Constant([config.LeastScore], 1), sure), -1));
        var best = engine.Gather(likely, engine.Largest(engine.Gather(scores, likely), Whole(engine, config.Candidates)));
        var count = engine.Length(texts, 0);
        var places = engine.Divide(best, count);
        var deltas = engine.Reshape(engine.Transpose(Own(level.Deltas), 1, 2, 0), -1, 4);
        var boxes = Coder.Decode(engine, engine.Gather(deltas, places), engine.Gather(Anchors(engine, number, level.Deltas), places));
        return new(
            engine.Squeeze(boxes, 1),
            engine.Sqrt(engine.Gather(scores, best)),
            engine.Subtract(best, engine.Multiply(places, count)));

        T Own(T x) => engine.Squeeze(engine.Slice(x, 0, image, image + 1), 0);
    }

    private static T Whole<T>(IEngine<T> engine, long value)
        where T : class => engine.Constant(new[] { value });
}
