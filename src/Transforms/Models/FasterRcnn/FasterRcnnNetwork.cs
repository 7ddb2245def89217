using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>How regions are chosen by confidence.</summary>
/// <param name="Choice">Which become regions.</param>
/// <param name="Threshold">The confidence that is enough.</param>
/// <param name="Overlap">What boxes of a class may overlap.</param>
internal sealed record RegionRule(RegionChoice Choice, float Threshold = 0.2f, double Overlap = 0.3);

/// <summary>The regions found in one image.</summary>
/// <param name="Boxes">[regions, 4], in pixels of the raw image.</param>
/// <param name="Features">[regions, size of a feature].</param>
/// <param name="Classes">Numbers of the most probable class, Int64 [regions].</param>
/// <param name="Scores">Its probabilities, [regions].</param>
/// <param name="Attributes">Numbers of the most probable attribute, Int64 [regions].</param>
/// <param name="AttributeScores">Its probabilities, [regions].</param>
internal sealed record FoundRegions<T>(T Boxes, T Features, T Classes, T Scores, T Attributes, T AttributeScores);

/// <summary>A Faster R-CNN from an image's pixels to its regions, on any engine; see <see cref="FasterRcnnConfig"/>.</summary>
internal static class FasterRcnnNetwork
{
    /// <summary>Finds the regions of one image.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="rule">Which regions.</param>
    /// <param name="image">[1, 3, height, width], resized and normalised.</param>
    /// <param name="size">Its own size without padding, [2], floats: height, width.</param>
    /// <param name="scale">Pixels of the raw image for one of it, [2]: down, across.</param>
    /// <param name="given">Boxes in pixels of the raw image, [regions, 4], where the rule has them given.</param>
    public static FoundRegions<T> Find<T>(
        IRegionEngine<T> engine, FasterRcnnConfig config, RegionRule rule, T image, T size, T scale, T? given = null)
        where T : class
    {
        var map = FasterRcnnBackbone.Map(engine, config, image);
        var proposals = given is null
            ? RegionProposals.Propose(engine, config, RegionProposals.Score(engine, config, map), 0, size).Boxes
            : Boxes.Clip(engine, engine.Divide(given, AcrossDown(engine, scale)), size);

        var count = engine.Length(proposals, 0);
        var scores = RegionHeads.Score(engine, config, map, OneMore(engine, proposals));
        scores = new(Own(scores.Features), Own(scores.Logits), Own(scores.Deltas), Own(scores.AttributeLogits));
        return Choose(engine, config, rule, proposals, scores, size, scale, given);

        T Own(T x) => engine.Take(x, 0, count);
    }

    /// <summary>Chooses one image's regions among its proposals.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="rule">Which regions.</param>
    /// <param name="proposals">[proposals, 4], in pixels of the resized image.</param>
    /// <param name="scores">What the heads say of them.</param>
    /// <param name="size">The resized image's size, [2], floats: height, width.</param>
    /// <param name="scale">Pixels of the raw image for one of it, [2]: down, across.</param>
    /// <param name="given">The boxes in pixels of the raw image, where they are given: they stay as they are.</param>
    public static FoundRegions<T> Choose<T>(
        IRegionEngine<T> engine, FasterRcnnConfig config, RegionRule rule, T proposals, RegionScores<T> scores, T size, T scale, T? given = null)
        where T : class
    {
        var known = engine.Slice(engine.Softmax(scores.Logits), 1, 0, config.Classes);
        T classes = engine.ArgMax(known, 1), sure = engine.MaxAlong(known, 1);
        var attributes = engine.Softmax(engine.Slice(scores.AttributeLogits, 1, 0, config.Attributes));
        T boxes, chosen;
        if (rule.Choice is RegionChoice.Best or RegionChoice.Objects)
        {
            var moved = Boxes.Clip(engine, Refine(engine, config, proposals, scores.Deltas, classes), size);
            chosen = RegionSelection.Best(engine, moved, sure, config.RegionOverlaps, config.MinRegions, config.MaxRegions);
            if (rule.Choice == RegionChoice.Objects)
                chosen = RegionSelection.Sure(engine, chosen, engine.Gather(sure, chosen), rule.Threshold, config.MinRegions);
            boxes = engine.Multiply(moved, AcrossDown(engine, scale));
        }
        else
        {
            boxes = given ?? engine.Multiply(proposals, AcrossDown(engine, scale));
            chosen = rule.Choice == RegionChoice.Given
                ? engine.Range(engine.Length(boxes, 0))
                : RegionSelection.Confident(
                    engine, RegionSelection.Confidence(engine, boxes, known, rule.Overlap), rule.Threshold, config.MinRegions, config.MaxRegions);
        }

        return new(
            engine.Gather(boxes, chosen),
            engine.Gather(scores.Features, chosen),
            engine.Gather(classes, chosen),
            engine.Gather(sure, chosen),
            engine.Gather(engine.ArgMax(attributes, 1), chosen),
            engine.Gather(engine.MaxAlong(attributes, 1), chosen));
    }

    /// <summary>The size that an image is resized to: the shorter side as configured, unless the longer would be too long.</summary>
    public static (int Height, int Width) ResizedSize(FasterRcnnConfig config, int height, int width) =>
        ResizedSize(config.ShorterSide, config.LongerSide, height, width);

    /// <inheritdoc cref="ResizedSize(FasterRcnnConfig, int, int)"/>
    public static (int Height, int Width) ResizedSize(int shorterSide, int longerSide, int height, int width)
    {
        var scale = (double)shorterSide / Math.Min(height, width);
        var (newHeight, newWidth) = height < width ? (shorterSide, scale * width) : (scale * height, (double)shorterSide);
        if (Math.Max(newHeight, newWidth) is var longer && longer > longerSide)
            (newHeight, newWidth) = (newHeight * (longerSide / longer), newWidth * (longerSide / longer));
        return (Rounded(newHeight), Rounded(newWidth));

        static int Rounded(double side) => Math.Max(1, (int)(side + 0.5));
    }

    /// <summary>An image as the network reads it, [1, 3, height, width].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="config">The means.</param>
    /// <param name="pixels">Blue, green and red, 0 to 255, floats [raw height, raw width, 3].</param>
    /// <param name="size">The size it is resized to, Int64 [2]: height, width.</param>
    public static T Normalize<T>(IRegionEngine<T> engine, FasterRcnnConfig config, T pixels, T size)
        where T : class => Resampling.Normalized(engine, pixels, size, config.PixelMean, config.PixelDeviation);

    /// <summary>The parameters of the whole network.</summary>
    public static IReadOnlyList<ModelParameter> Parameters(FasterRcnnConfig config) => Lister.List(engine => Find(
        engine, config, new(RegionChoice.Best), new(1, 3, null, null), new(2), new(2)));

    /// <summary>Each proposal moved to where the box of its class is, [proposals, 4].</summary>
    private static T Refine<T>(IRegionEngine<T> engine, FasterRcnnConfig config, T proposals, T deltas, T classes)
        where T : class
    {
        if (!config.SharesBoxes)
        {
            var first = engine.Affine(engine.Range(engine.Length(classes, 0)), config.Classes);
            deltas = engine.Gather(engine.Reshape(deltas, -1, 4), engine.Add(first, classes));
        }

        return engine.Squeeze(new BoxCoder(config.BoxWeights).Decode(engine, deltas, proposals), 1);
    }

    /// <summary>
    /// An only image's boxes and one more, for images that have none: ONNX Runtime's fastest convolutions do not take an empty batch. [boxes + 1, 5].
    /// </summary>
    public static T OneMore<T>(IRegionEngine<T> engine, T boxes)
        where T : class => engine.Concat(0, Boxes.OfImage(engine, boxes, 0), engine.Constant(new float[5], 1, 5));

    /// <summary>Scale of height and width, [2], for each place of a box, [4].</summary>
    public static T AcrossDown<T>(IRegionEngine<T> engine, T scale)
        where T : class
    {
        T down = engine.Slice(scale, 0, 0, 1), across = engine.Slice(scale, 0, 1, 2);
        return engine.Concat(0, across, down, across, down);
    }
}
