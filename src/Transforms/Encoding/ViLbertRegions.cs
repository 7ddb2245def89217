namespace MLNet.VisionLanguage.Encoding;

/// <summary>
/// From the region columns to ViLBERT's inputs (datasets/_image_features_reader.py): the global region, whose feature is the mean of the
/// others and whose box is the whole image, goes first; boxes become locations.
/// </summary>
/// <param name="Features">[B, 1 + N, D].</param>
/// <param name="Locations">[B, 1 + N, 5]: x1/w, y1/h, x2/w, y2/h, area/(w h); the global region has 0, 0, 1, 1, 1.</param>
/// <param name="PixelLocations">The same in pixels, but the fifth number stays a fraction except for the global region, where it is w h.</param>
/// <param name="Mask">1.0 for a region, 0.0 for padding, [B, 1 + N].</param>
internal sealed record ViLbertRegions<T>(T Features, T Locations, T PixelLocations, T Mask)
    where T : class
{
    /// <param name="engine">The engine.</param>
    /// <param name="features">[B, N, D].</param>
    /// <param name="boxes">[B, N, 4], pixels x1 y1 x2 y2; a row whose x1 is at most -1.5 is padding.</param>
    /// <param name="imageSize">[B, 2], width and height in pixels.</param>
    public static ViLbertRegions<T> Build(IEngine<T> engine, T features, T boxes, T imageSize)
    {
        T Column(T x, int i) => engine.Slice(x, -1, i, i + 1);

        var validity = engine.Above(Column(boxes, 0), PaddingBelow);
        var count = engine.Sum(validity, 1, keepAxis: true);
        var valid = engine.Multiply(features, validity);
        // An image without regions has a global feature of zeros, not 0/0.
        var divisor = engine.Add(count, engine.Equal(count, engine.Constant([0f], 1)));
        var mean = engine.Divide(engine.Sum(valid, 1, keepAxis: true), divisor);

        var size = engine.Unsqueeze(imageSize, 1);
        T width = Column(size, 0), height = Column(size, 1);
        var area = engine.Divide(
            engine.Multiply(
                engine.Subtract(Column(boxes, 3), Column(boxes, 1)), engine.Subtract(Column(boxes, 2), Column(boxes, 0))),
            engine.Multiply(width, height));
        var fractions = engine.Divide(boxes, engine.Concat(-1, width, height, width, height));
        var one = engine.Affine(width, 0, 1);
        var zero = engine.Affine(width, 0, 0);
        var global = engine.Concat(-1, zero, zero, one, one, one);
        var globalPixels = engine.Concat(-1, zero, zero, width, height, engine.Multiply(width, height));

        return new(
            engine.Concat(1, mean, valid),
            engine.Concat(1, global, engine.Multiply(engine.Concat(-1, fractions, area), validity)),
            engine.Concat(1, globalPixels, engine.Multiply(engine.Concat(-1, boxes, area), validity)),
            engine.Squeeze(engine.Concat(1, one, validity), 2));
    }

    /// <summary>x1 of a padding box is -2; VL-BERT's reader draws the line here.</summary>
    public const float PaddingBelow = -1.5f;
}
