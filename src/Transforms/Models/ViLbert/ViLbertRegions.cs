using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// From the region columns to ViLBERT's inputs (datasets/_image_features_reader.py): the global region, whose feature is the mean of the
/// others and whose box is the whole image, goes first; boxes become locations.
/// </summary>
/// <param name="Features">[B, 1 + N, D].</param>
/// <param name="Locations">[B, 1 + N, 5]: x1/w, y1/h, x2/w, y2/h, area/(w h); the global region has 0, 0, 1, 1, 1.</param>
/// <param name="PixelLocations">The same in pixels, but the fifth number stays a fraction; the global region has w h there.</param>
/// <param name="Mask">1.0 for a region, 0.0 for padding, [B, 1 + N].</param>
internal sealed partial record ViLbertRegions<T>(T Features, T Locations, T PixelLocations, T Mask)
    where T : class
{
    /// <param name="engine">The engine.</param>
    /// <param name="features">[B, N, D].</param>
    /// <param name="boxes">[B, N, 4], pixels x1 y1 x2 y2; a row whose x1 is at most -1.5 is padding.</param>
    /// <param name="imageSize">[B, 2], width and height in pixels.</param>
    public static ViLbertRegions<T> Build(IEngine<T> engine, T features, T boxes, T imageSize)
    {
        var valid = engine.Of(RegionColumns.Validity(engine, boxes));
        var present = engine.Of(features) * valid;
        var box = engine.Of(boxes);
        var size = engine.Of(engine.Unsqueeze(imageSize, 1));
        Value<T> width = size.Column(0), height = size.Column(1);
        var area = (box.Column(3) - box.Column(1)) * (box.Column(2) - box.Column(0)) / (width * height);

        Value<T> one = width * 0 + 1, zero = width * 0;
        var global = engine.Concat(-1, zero, zero, one, one, one);
        var globalPixels = engine.Concat(-1, zero, zero, width, height, width * height);
        var fractions = engine.Of(engine.Concat(-1, RegionColumns.Fractions(engine, boxes, imageSize), area));
        return new(
            engine.Concat(1, RegionColumns.Mean<T>(engine, present, valid), present),
            engine.Concat(1, global, fractions * valid),
            engine.Concat(1, globalPixels, engine.Of(engine.Concat(-1, boxes, area)) * valid),
            engine.Squeeze(engine.Concat(1, one, valid), 2));
    }
}
