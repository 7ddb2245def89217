using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Images;

/// <summary>An image column's pixels, as graphs and other pictures read them.</summary>
internal static class ImagePixels
{
    /// <summary>The row's image.</summary>
    /// <param name="image">What the column holds.</param>
    /// <param name="component">Who reads it.</param>
    /// <param name="column">The column's name.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static MLImage Require(MLImage? image, string component, Func<string> column) => image
        ?? throw new InvalidOperationException($"{component}: column '{column()}' holds no image (loading gives none for an empty path).");

    /// <summary>Rows from the top, red green blue a pixel.</summary>
    /// <param name="image">The image.</param>
    /// <param name="component">Who reads it.</param>
    /// <param name="reused">Memory to use again.</param>
    public static VBuffer<byte> ToRgb(MLImage image, string component, VBuffer<byte> reused)
    {
        var (red, blue) = Places(image, component);
        var pixels = image.Pixels;
        var editor = VBufferEditor.Create(ref reused, pixels.Length / 4 * 3);
        var rgb = editor.Values;
        for (int from = 0, to = 0; to + 2 < rgb.Length; from += 4, to += 3)
        {
            rgb[to] = pixels[from + red];
            rgb[to + 1] = pixels[from + 1];
            rgb[to + 2] = pixels[from + blue];
        }

        return editor.Commit();
    }

    /// <summary>A copy as a picture of this library; whatever alpha says, it is opaque.</summary>
    /// <param name="image">The image.</param>
    /// <param name="component">Who reads it.</param>
    public static PixelBuffer ToPicture(MLImage image, string component)
    {
        var (red, blue) = Places(image, component);
        var picture = new PixelBuffer(image.Width, image.Height);
        var pixels = image.Pixels;
        for (var y = 0; y < picture.Height; y++)
        {
            var from = pixels.Slice(y * picture.RowBytes, picture.RowBytes);
            var to = picture.Row(y);
            for (var i = 0; i + 3 < to.Length; i += 4)
                (to[i], to[i + 1], to[i + 2], to[i + 3]) = (from[i + blue], from[i + 1], from[i + red], byte.MaxValue);
        }

        return picture;
    }

    private static (int Red, int Blue) Places(MLImage image, string component) => image.PixelFormat switch
    {
        MLPixelFormat.Rgba32 => (0, 2),
        MLPixelFormat.Bgra32 => (2, 0),
        var other => throw new InvalidOperationException($"{component}: images of pixel format {other} are not known; expected Rgba32 or Bgra32."),
    };
}
