using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>What all models make of the region columns.</summary>
internal static class RegionColumns
{
    /// <summary>x1 of a padding box is -2; VL-BERT's reader draws the line here.</summary>
    public const float PaddingBelow = -1.5f;

    /// <summary>1.0 for a region, 0.0 for padding, [B, N, 1].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="boxes">[B, N, 4], pixels x1 y1 x2 y2; a row whose x1 is at most -1.5 is padding.</param>
    public static T Validity<T>(IEngine<T> engine, T boxes)
        where T : class => engine.Above(engine.Slice(boxes, -1, 0, 1), PaddingBelow);

    /// <summary>The mean feature of an image's regions, [B, 1, D]; zeros for an image without regions.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="features">[B, N, D], zeros where a region is padding.</param>
    /// <param name="validity">1.0 for a region, [B, N, 1].</param>
    public static T Mean<T>(IEngine<T> engine, T features, T validity)
        where T : class
    {
        var count = engine.Sum(validity, 1, keepAxis: true);
        var divisor = engine.Add(count, engine.Equal(count, engine.Constant([0f], 1)));
        return engine.Divide(engine.Sum(features, 1, keepAxis: true), divisor);
    }

    /// <summary>Boxes [B, N, 4] as fractions of an image of [B, 2] pixels.</summary>
    public static T Fractions<T>(IEngine<T> engine, T boxes, T imageSize)
        where T : class
    {
        var size = engine.Unsqueeze(imageSize, 1);
        return engine.Divide(boxes, engine.Concat(-1, size, size));
    }
}
