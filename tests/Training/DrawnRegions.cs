namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>An image of coloured rectangles for models that take pixels: each region of a row, in the colour that its feature says.</summary>
internal static class DrawnRegions
{
    public const int Side = 64;
    public const int Size = 3 * Side * Side;

    private const float Background = -0.5f;

    private static readonly float[][] Colours = [[1.5f, -1, -1], [-1, 1.5f, -1], [-1, -1, 1.5f], [1.5f, 1.5f, -1]];

    /// <summary>The kinds of models that take regions.</summary>
    public static IEnumerable<string> OtherKinds => VisionLanguageModel.Kinds.Where(kind => kind != FiberConfig.Base.Kind);

    /// <summary>Normalised pixels, one colour after the other.</summary>
    /// <param name="features">[N, feature size]; the largest of the first four numbers is the colour, its size the strength.</param>
    /// <param name="boxes">[N, 4] pixels.</param>
    /// <param name="size">Width and height.</param>
    public static float[] Pixels(float[] features, float[] boxes, float[] size)
    {
        // Not 0: tokens of nothing but zeros would have no variance in any LayerNorm, and so gradients without bounds.
        var pixels = new float[Size];
        Array.Fill(pixels, Background);
        if (size.Length == 0) return pixels;
        foreach (var (number, box) in boxes.Chunk(4).Index())
        {
            var feature = features.AsSpan(number * Questions.FeatureSize, Colours.Length);
            var best = 0;
            for (var i = 1; i < feature.Length; i++) best = feature[i] > feature[best] ? i : best;
            int Place(float corner, float of) => Math.Clamp((int)(corner / of * Side), 0, Side);
            for (var y = Place(box[1], size[1]); y < Place(box[3], size[1]); y++)
                for (var x = Place(box[0], size[0]); x < Place(box[2], size[0]); x++)
                    for (var c = 0; c < 3; c++) pixels[(((c * Side) + y) * Side) + x] = Colours[best][c] * feature[best];
        }

        return pixels;
    }
}
