using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// VL-BERT's objects: the whole image first, whose feature is the mean of the regions' and whose box is (0, 0, w - 1, h - 1), then the
/// regions (vqa/data/datasets/vqa.py).
/// </summary>
/// <param name="Features">[B, N, D].</param>
/// <param name="Boxes">[B, N, 4], pixels.</param>
/// <param name="Mask">1.0 for an object, 0.0 for padding, [B, N].</param>
internal sealed record VlBertRegions<T>(T Features, T Boxes, T Mask)
    where T : class
{
    /// <param name="engine">The engine.</param>
    /// <param name="features">[B, N, D].</param>
    /// <param name="boxes">[B, N, 4], pixels x1 y1 x2 y2; x1 of padding is -2.</param>
    /// <param name="imageSize">[B, 2], width and height in pixels.</param>
    public static VlBertRegions<T> Build(IEngine<T> engine, T features, T boxes, T imageSize)
    {
        var valid = engine.Of(RegionColumns.Validity(engine, boxes));
        var present = engine.Of(features) * valid;
        var size = engine.Of(engine.Unsqueeze(imageSize, 1));
        return Of(
            engine,
            engine.Concat(1, RegionColumns.Mean<T>(engine, present, valid), present),
            engine.Concat(1, engine.Concat(-1, size * 0, size - 1), boxes));
    }

    /// <summary>Objects that are complete already; x1 of a padding box is -2.</summary>
    public static VlBertRegions<T> Of(IEngine<T> engine, T features, T boxes) =>
        new(features, boxes, engine.Squeeze(RegionColumns.Validity(engine, boxes), 2));

    /// <summary>The same objects with another feature where they are masked; their coordinates stay.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="masked">1.0 for a masked object, else 0.0, [B, N].</param>
    /// <param name="feature">What stands for a masked feature, [1, D].</param>
    public VlBertRegions<T> Masked(IEngine<T> engine, T masked, T feature) =>
        this with { Features = Replace(engine, Features, masked, feature) };

    /// <summary>Rows of [B, N, width] or [1, width] with another vector [1, width] where they are masked, [B, N, width].</summary>
    public static T Replace(IEngine<T> engine, T rows, T masked, T vector)
    {
        var isMasked = engine.Of(engine.Unsqueeze(masked, 2));
        return engine.Of(rows) * (1 - isMasked) + isMasked * engine.Of(vector);
    }

    /// <summary>The rows of [B, N, width] with numbers Int64 [B, T], [B, T, width].</summary>
    public static T At(IEngine<T> engine, T rows, T numbers)
    {
        var places = engine.Range(engine.Length(rows, 1));
        return engine.MatMul(engine.Equal(engine.Unsqueeze(numbers, 2), places), rows);
    }

    /// <summary>
    /// The objects' visual part [B, N, <paramref name="size"/>]: ReLU of a linear on coordinates and feature, zeros for padding
    /// (common/fast_rcnn.py with precomputed features).
    /// </summary>
    public T Represent(IEngine<T> engine, T imageSize, int coordinates, int size, double dropout, string name)
    {
        var joined = engine.Dropout(engine.Concat(-1, Coordinates(engine, imageSize, coordinates), Features), dropout);
        return engine.Multiply(engine.Activate(engine.Linear(joined, name, size), Activation.Relu), engine.Unsqueeze(Mask, 2));
    }

    /// <summary>
    /// Centre, width and height as fractions of the image times 100, then sines and cosines of each over divisors 1000^(i/dim):
    /// [B, N, 4 · 2 · dim] (common/utils/bbox.py, coordinate_embeddings).
    /// </summary>
    public T Coordinates(IEngine<T> engine, T imageSize, int dim)
    {
        var box = engine.Of(Boxes);
        Value<T> x1 = box.Column(0), y1 = box.Column(1), x2 = box.Column(2), y2 = box.Column(3);
        var size = engine.Of(engine.Unsqueeze(imageSize, 1));
        Value<T> width = size.Column(0), height = size.Column(1);
        var place = engine.Of(engine.Concat(
            -1, (x1 + x2) * 0.5f / width, (y1 + y2) * 0.5f / height, (x2 - x1) / width, (y2 - y1) / height)) * 100;
        float[] divisors = [.. Enumerable.Range(0, dim).Select(i => (float)Math.Pow(1000, (double)i / dim))];
        var angles = engine.Divide(engine.Unsqueeze(place, 3), engine.Constant(divisors, dim));
        return engine.Reshape(engine.Concat(-1, engine.Sin(angles), engine.Cos(angles)), 0, 0, 4L * 2 * dim);
    }
}
