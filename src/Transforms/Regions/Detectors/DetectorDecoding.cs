using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Regions;

/// <summary>What a detector said of an image: a table for each output that its description names, a row a box.</summary>
/// <param name="Boxes">Of each output of boxes.</param>
/// <param name="Scores">Of each output of scores.</param>
/// <param name="Objectness">Of each output of that.</param>
/// <param name="Numbers">Of that of class numbers, or null.</param>
internal sealed record DetectorParts<T>(IReadOnlyList<T> Boxes, IReadOnlyList<T> Scores, IReadOnlyList<T> Objectness, T? Numbers)
    where T : class
{
    /// <summary>Of tables in the order of <see cref="OnnxDetector.Outputs"/>.</summary>
    public static DetectorParts<T> Of(OnnxDetector detector, IReadOnlyList<T> tables)
    {
        int boxes = detector.Boxes.Outputs.Count, scores = boxes + detector.Scores.Outputs.Count, all = scores + detector.Scores.Objectness.Count;
        return new([.. tables.Take(boxes)], [.. tables.Take(scores).Skip(boxes)], [.. tables.Take(all).Skip(scores)], tables.ElementAtOrDefault(all));
    }
}

/// <summary>Which boxes of a detector are regions.</summary>
/// <param name="Places">Their numbers, [regions], the best first.</param>
/// <param name="Classes">Numbers of classes, [regions].</param>
/// <param name="Scores">[regions].</param>
internal sealed record ChosenBoxes<T>(T Places, T Classes, T Scores)
    where T : class;

/// <summary>How many regions an image has.</summary>
/// <param name="Threshold">Above which score a box is one.</param>
/// <param name="Least">The fewest.</param>
/// <param name="Most">The most.</param>
internal readonly record struct DetectionLimits(float Threshold, int Least, int Most);

/// <summary>From a detector's outputs to boxes, scores and regions. Nothing here has a gradient.</summary>
internal static class DetectorDecoding
{
    /// <summary>[boxes, 4], corners in pixels of the image that the model sees.</summary>
    public static T Boxes<T>(IRegionEngine<T> engine, OnnxDetector detector, DetectorGrid grid, DetectorParts<T> parts)
        where T : class
    {
        var told = engine.Concat(0, [.. parts.Boxes]);
        var boxes = detector.Boxes;
        if (boxes.Format == OnnxBoxFormat.DistanceBins) told = Expected(engine, told, grid.Bins);
        if (boxes.YFirst)
        {
            var column = engine.Of(told);
            told = engine.Concat(1, column.Column(1), column.Column(0), column.Column(3), column.Column(2));
        }

        if (boxes.Format == OnnxBoxFormat.Deltas)
        {
            var coder = new BoxCoder([.. boxes.Variances.Select(variance => 1 / variance)]);
            return engine.Squeeze(coder.Decode(engine, told, engine.Constant(grid.Anchors, grid.Count, 4)), 1);
        }

        if (boxes.Units == OnnxBoxUnits.Fractions) told = engine.Multiply(told, engine.Constant([grid.Width, grid.Height, grid.Width, grid.Height], 4));
        if (boxes.Units == OnnxBoxUnits.Cells) told = engine.Multiply(told, engine.Constant(grid.CellSizes, grid.Count, 4));
        T first = engine.Slice(told, 1, 0, 2), second = engine.Slice(told, 1, 2, 4);
        switch (boxes.Format)
        {
            case OnnxBoxFormat.Corners:
                return engine.Concat(1, engine.Minimum(first, second), engine.Maximum(first, second));
            case OnnxBoxFormat.CenterSize:
                var half = engine.Affine(second, 0.5f);
                return engine.Concat(1, engine.Subtract(first, half), engine.Add(first, half));
            case OnnxBoxFormat.CornerSize:
                return engine.Concat(1, first, engine.Add(first, second));
            default:
                var middles = engine.Constant(grid.Middles, grid.Count, 2);
                return engine.Concat(1, engine.Subtract(middles, first), engine.Add(middles, second));
        }
    }

    /// <summary>[boxes, classes], probabilities; one column where <see cref="DetectorParts{T}.Numbers"/> tell the classes.</summary>
    public static T Scores<T>(IRegionEngine<T> engine, OnnxDetector detector, DetectorParts<T> parts)
        where T : class
    {
        var scores = Activated(engine, engine.Concat(0, [.. parts.Scores]), detector.Scores.Activation);
        scores = detector.Scores.Background switch
        {
            OnnxBackground.First => engine.Slice(scores, 1, 1, null),
            OnnxBackground.Last => engine.Slice(scores, 1, 0, -1),
            _ => scores,
        };
        scores = Powered(engine, scores, detector.Scores.ScorePower);
        if (parts.Objectness.Count == 0) return scores;
        var objectness = Activated(engine, engine.Concat(0, [.. parts.Objectness]), detector.Scores.ObjectnessActivation);
        return engine.Multiply(scores, Powered(engine, objectness, detector.Scores.ObjectnessPower));
    }

    /// <summary>The regions.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="detector">The detector.</param>
    /// <param name="limits">How many.</param>
    /// <param name="boxes">[boxes, 4].</param>
    /// <param name="scores">[boxes, classes].</param>
    /// <param name="numbers">[boxes, 1], the numbers of classes where scores are of one class; null otherwise.</param>
    public static ChosenBoxes<T> Choose<T>(
        IRegionEngine<T> engine, OnnxDetector detector, DetectionLimits limits, T boxes, T scores, T? numbers)
        where T : class
    {
        var looked = engine.Constant(new long[] { detector.Candidates });
        T best, places, classes;
        if (detector.SeveralClasses)
        {
            var all = engine.Reshape(scores, -1);
            var count = engine.Length(scores, 1);
            var candidates = engine.Largest(all, looked);
            best = engine.Gather(all, candidates);
            places = engine.Divide(candidates, count);
            classes = engine.Subtract(candidates, engine.Multiply(places, count));
        }
        else
        {
            var largest = engine.MaxAlong(scores, 1);
            places = engine.Largest(largest, looked);
            best = engine.Gather(largest, places);
            classes = engine.Gather(numbers is null ? engine.ArgMax(scores, 1) : Numbered(engine, detector.Scores, numbers), places);
        }

        // Those that are kept of fewer candidates are the first of those that are kept of all: the threshold may come last.
        var kept = detector.Overlap is { } overlap
            ? Layers.Boxes.Keep(engine, Apart(engine, detector, engine.Gather(boxes, places), classes), best, overlap)
            : engine.Range(engine.Length(places, 0));
        var sure = engine.Length(engine.Where(engine.Above(engine.Gather(best, kept), limits.Threshold)), 0);
        T least = engine.Constant(new long[] { limits.Least }), most = engine.Constant(new long[] { limits.Most });
        var taken = engine.Minimum(engine.Minimum(engine.Maximum(sure, least), most), engine.Length(kept, 0));
        var chosen = engine.Take(kept, 0, taken);
        return new(engine.Gather(places, chosen), engine.Gather(classes, chosen), engine.Gather(best, chosen));
    }

    /// <summary>Boxes of different classes moved apart, unless they are to suppress each other.</summary>
    private static T Apart<T>(IRegionEngine<T> engine, OnnxDetector detector, T boxes, T classes)
        where T : class
    {
        if (detector.OverlapAcrossClasses) return boxes;

        // Boxes may begin left of the image or above it.
        var beyond = engine.Max(engine.Concat(0, engine.Affine(engine.Reshape(boxes, -1), -1), engine.Constant([0f], 1)));
        return Layers.Boxes.Apart(engine, engine.Add(boxes, beyond), classes);
    }

    /// <summary>[boxes, 4 × bins] to [boxes, 4]: the mean bin by the softmax of each four.</summary>
    private static T Expected<T>(IRegionEngine<T> engine, T told, int bins)
        where T : class
    {
        var shares = engine.Softmax(engine.Reshape(told, -1, 4, bins));
        var numbers = engine.Constant([.. Enumerable.Range(0, bins).Select(bin => (float)bin)], bins);
        return engine.Sum(engine.Multiply(shares, numbers), 2, keepAxis: false);
    }

    private static T Activated<T>(IRegionEngine<T> engine, T values, OnnxActivation activation)
        where T : class => activation switch
        {
            OnnxActivation.Sigmoid => engine.Activate(values, Activation.Sigmoid),
            OnnxActivation.Softmax => engine.Softmax(values),
            _ => values,
        };

    /// <summary>Probabilities to a power; 0 stays 0.</summary>
    private static T Powered<T>(IRegionEngine<T> engine, T values, float power)
        where T : class => power == 1 ? values : engine.Exp(engine.Affine(engine.Log(values), power));

    private static T Numbered<T>(IRegionEngine<T> engine, OnnxScores scores, T numbers)
        where T : class => engine.ToInt64(engine.Affine(engine.Squeeze(numbers, 1), 1, -scores.FirstNumber));
}
