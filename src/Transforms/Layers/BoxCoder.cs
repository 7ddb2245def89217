using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// Boxes told relative to others (R-CNN, Girshick et al. 2014; detectron2's Box2BoxTransform): how far the middle moves, in widths and
/// heights, and the logarithms of how much width and height grow, each times a weight.
/// </summary>
/// <param name="Weights">Of dx, dy, dw, dh.</param>
internal sealed record BoxCoder(IReadOnlyList<float> Weights)
{
    /// <summary>Whether the far corner is a pixel of the box (maskrcnn_benchmark's BoxCoder), else where it ends.</summary>
    public bool EndsInPixel { get; init; }

    /// <summary>What the corners leave out of a side.</summary>
    private float Last => EndsInPixel ? 1 : 0;

    /// <summary>A side grows to no more than 1000/16 of what it was.</summary>
    private static readonly float MostGrowth = (float)Math.Log(1000.0 / 16);

    /// <summary>The boxes that are told, [boxes, told for each, 4].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="deltas">[boxes, told for each × 4].</param>
    /// <param name="boxes">[boxes, 4], relative to which.</param>
    public T Decode<T>(IRegionEngine<T> engine, T deltas, T boxes)
        where T : class
    {
        var delta = engine.Of(engine.Divide(engine.Reshape(deltas, 0, -1, 4), engine.Constant([.. Weights], 4)));
        var (x, y, width, height) = Parts(engine, engine.Unsqueeze(boxes, 1));
        var (middle, across) = (delta.Column(0) * width + x, delta.Column(1) * height + y);
        Value<T> halfWidth = Half(delta.Column(2), width), halfHeight = Half(delta.Column(3), height);
        return engine.Concat(-1, middle - halfWidth, across - halfHeight, middle + halfWidth, across + halfHeight);

        Value<T> Half(Value<T> growth, Value<T> side) => engine.Of(engine.Affine(Grown(growth) * side, 0.5f, -0.5f * Last));

        Value<T> Grown(Value<T> growth) => engine.Of(engine.Exp(engine.Minimum(growth, engine.Constant([MostGrowth], 1))));
    }

    /// <summary>What tells the targets, [boxes, 4].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="boxes">[boxes, 4], relative to which.</param>
    /// <param name="targets">[boxes, 4].</param>
    public T Encode<T>(IRegionEngine<T> engine, T boxes, T targets)
        where T : class
    {
        var (x, y, width, height) = Parts(engine, boxes);
        var (toX, toY, toWidth, toHeight) = Parts(engine, targets);
        var deltas = engine.Concat(
            -1,
            (toX - x) / width,
            (toY - y) / height,
            engine.Log(toWidth / width),
            engine.Log(toHeight / height));
        return engine.Multiply(deltas, engine.Constant([.. Weights], 4));
    }

    private (Value<T> X, Value<T> Y, Value<T> Width, Value<T> Height) Parts<T>(IRegionEngine<T> engine, T boxes)
        where T : class
    {
        var box = engine.Of(boxes);
        Value<T> width = box.Column(2) - box.Column(0), height = box.Column(3) - box.Column(1);
        T x = box.Column(0) + width * 0.5f, y = box.Column(1) + height * 0.5f;
        return (engine.Of(x), engine.Of(y), engine.Of(engine.Affine(width, 1, Last)), engine.Of(engine.Affine(height, 1, Last)));
    }
}
