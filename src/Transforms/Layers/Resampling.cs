using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>An image at another size, each pixel between the four around it, to the bit as near as PyTorch 1.13 has it on a CPU.</summary>
internal static class Resampling
{
    /// <summary>
    /// Places are whole numbers of this part of half a pixel: the ratio of sizes is a float32 there, and what is made of it is not rounded
    /// again. Floats would be 1e-6 of a pixel off, which is 1e-3 of a colour; a runtime's own resizing is.
    /// </summary>
    private const float Unit = 1 << 29;

    /// <summary>The image at another size, [rows, columns, channels].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="image">[height, width, channels].</param>
    /// <param name="size">Int64 [2]: rows, columns.</param>
    public static T Bilinear<T>(IRegionEngine<T> engine, T image, T size)
        where T : class
    {
        var down = Rows(engine, image, Entry(0));
        return engine.Transpose(Rows(engine, engine.Transpose(down, 1, 0, 2), Entry(1)), 1, 0, 2);

        T Entry(int axis) => engine.Squeeze(engine.Slice(size, 0, axis, axis + 1), 0);
    }

    /// <summary>An image at another size as networks read it, [1, channels, rows, columns].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="image">[height, width, channels].</param>
    /// <param name="size">Int64 [2]: rows, columns.</param>
    /// <param name="mean">What is subtracted from each channel.</param>
    /// <param name="deviation">What each is then divided by.</param>
    public static T Normalized<T>(IRegionEngine<T> engine, T image, T size, IReadOnlyList<float> mean, IReadOnlyList<float> deviation)
        where T : class
    {
        var centred = engine.Subtract(Bilinear(engine, image, size), engine.Constant([.. mean], mean.Count));
        return engine.Unsqueeze(engine.Transpose(engine.Divide(centred, engine.Constant([.. deviation], deviation.Count)), 2, 0, 1), 0);
    }

    /// <summary>Another number of rows, each between two of the old ones around (place + ½) · old / new - ½, held at the borders.</summary>
    private static T Rows<T>(IRegionEngine<T> engine, T image, T count)
        where T : class
    {
        var old = engine.Length(image, 0);
        var ratio = engine.ToInt64(engine.Affine(engine.Divide(engine.ToFloat(old), engine.ToFloat(count)), Unit));
        var place = engine.Affine(engine.Multiply(engine.Affine(engine.Range(count), 2, 1), ratio), 1, -Unit);
        place = engine.Maximum(place, engine.Constant(new[] { 0L }));
        var first = engine.Divide(place, engine.Constant(new[] { 2 * (long)Unit }));
        var second = engine.Minimum(engine.Affine(first, 1, 1), engine.Affine(old, 1, -1));
        var past = engine.ToFloat(engine.Subtract(place, engine.Affine(first, 2 * Unit)));
        var share = engine.Of(engine.Reshape(engine.Affine(past, 1 / (2 * Unit)), -1, 1, 1));
        return engine.Of(engine.Gather(image, first)) * (1 - share) + engine.Of(engine.Gather(image, second)) * share;
    }
}
