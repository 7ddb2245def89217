using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>Arithmetic on boxes x1, y1, x2, y2, in pixels.</summary>
internal static class Boxes
{
    /// <summary>Boxes [..., 4] cut off at the borders of an image.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="boxes">[..., 4].</param>
    /// <param name="size">[2], floats: height, width.</param>
    public static T Clip<T>(IRegionEngine<T> engine, T boxes, T size)
        where T : class
    {
        var (height, width) = (engine.Slice(size, 0, 0, 1), engine.Slice(size, 0, 1, 2));
        return engine.Maximum(engine.Minimum(boxes, engine.Concat(0, width, height, width, height)), engine.Constant([0f], 1));
    }

    /// <summary>1.0 for each box both sides of which are above <paramref name="least"/>, [boxes].</summary>
    public static T AreLarger<T>(IRegionEngine<T> engine, T boxes, float least)
        where T : class
    {
        var box = engine.Of(boxes);
        T width = box.Column(2) - box.Column(0), height = box.Column(3) - box.Column(1);
        return engine.Squeeze(engine.Multiply(engine.Above(width, least), engine.Above(height, least)), 1);
    }

    /// <summary>Boxes moved so far that those of different groups do not overlap; each group stays as it is.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="boxes">[boxes, 4]; one at least.</param>
    /// <param name="groups">[boxes], Int64 from 0.</param>
    public static T Apart<T>(IRegionEngine<T> engine, T boxes, T groups)
        where T : class
    {
        // A zero more, so that there is a largest number where there are no boxes.
        var far = engine.Affine(engine.Max(engine.Concat(0, engine.Reshape(boxes, -1), engine.Constant([0f], 1))), 1, 1);
        return engine.Add(boxes, engine.Unsqueeze(engine.Multiply(engine.ToFloat(groups), far), 1));
    }

    /// <summary>The places of the boxes that non-maximum suppression keeps, the best first, [kept].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="boxes">[boxes, 4].</param>
    /// <param name="scores">[boxes].</param>
    /// <param name="threshold">The overlap that is still allowed.</param>
    public static T Keep<T>(IRegionEngine<T> engine, T boxes, T scores, double threshold)
        where T : class =>
        engine.Squeeze(engine.Slice(engine.Suppress(boxes, engine.Unsqueeze(scores, 0), threshold), 1, 1, 2), 1);

    /// <summary>Boxes with the number of their image before them, as the pooling of regions reads them, [boxes, 5].</summary>
    public static T OfImage<T>(IRegionEngine<T> engine, T boxes, int image)
        where T : class => engine.Concat(1, engine.Affine(engine.Slice(boxes, 1, 0, 1), 0, image), boxes);
}
