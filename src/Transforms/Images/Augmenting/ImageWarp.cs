using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Moves a picture's pixels as Pillow's affine transform does, with its bilinear filter: each pixel's middle is looked up where the six
/// numbers say, and what lies outside the picture is gray (128).
/// </summary>
/// <param name="XX">How far the place goes right a column.</param>
/// <param name="XY">How far the place goes right a row.</param>
/// <param name="X">Where the first one is.</param>
/// <param name="YX">How far the place goes down a column.</param>
/// <param name="YY">How far the place goes down a row.</param>
/// <param name="Y">Where the first one is.</param>
internal readonly record struct ImageWarp(double XX, double XY, double X, double YX, double YY, double Y)
{
    private const int BytesPerPixel = 4;

    /// <summary>Blue, green and red 128, opaque.</summary>
    private const uint Outside = 0xFF808080;

    /// <summary>Each row is that much further left than the one above it.</summary>
    public static ImageWarp ShearX(double share) => new(1, share, 0, 0, 1, 0);

    /// <summary>Each column is that much further up than the one left of it.</summary>
    public static ImageWarp ShearY(double share) => new(1, 0, 0, share, 1, 0);

    /// <summary>Everything goes so many pixels left.</summary>
    public static ImageWarp TranslateX(double pixels) => new(1, 0, pixels, 0, 1, 0);

    /// <summary>Everything goes so many pixels up.</summary>
    public static ImageWarp TranslateY(double pixels) => new(1, 0, 0, 0, 1, pixels);

    /// <summary>Everything turns about the middle, counter-clockwise.</summary>
    public static ImageWarp Rotate(double degrees, int width, int height)
    {
        var angle = -degrees * Math.PI / 180;
        double cos = Math.Round(Math.Cos(angle), 15), sin = Math.Round(Math.Sin(angle), 15), x = width / 2.0, y = height / 2.0;
        return new(cos, sin, (cos * -x) + (sin * -y) + x, -sin, cos, (-sin * -x) + (cos * -y) + y);
    }

    /// <summary>The picture moved.</summary>
    public PixelBuffer Apply(PixelBuffer image)
    {
        var result = new PixelBuffer(image.Width, image.Height);
        for (var row = 0; row < image.Height; row++)
        {
            var to = MemoryMarshal.Cast<byte, uint>(result.Row(row));
            for (var column = 0; column < to.Length; column++)
            {
                double x = column + 0.5, y = row + 0.5;
                to[column] = Look(image, (XX * x) + (XY * y) + X, (YX * x) + (YY * y) + Y);
            }
        }

        return result;
    }

    private static uint Look(PixelBuffer image, double x, double y)
    {
        // Also where the place is no number.
        if (!(x >= 0 && x < image.Width && y >= 0 && y < image.Height)) return Outside;
        (x, y) = (x - 0.5, y - 0.5);
        double left = Math.Floor(x), top = Math.Floor(y), right = x - left, down = y - top;
        var (first, second) = (At((int)left, image.Width) * BytesPerPixel, At((int)left + 1, image.Width) * BytesPerPixel);
        ReadOnlySpan<byte> above = image.Row(At((int)top, image.Height)), below = image.Row(At((int)top + 1, image.Height));
        var pixel = 0u;
        for (var colour = 0; colour < BytesPerPixel; colour++)
        {
            var upper = Mix(above[first + colour], above[second + colour], right);
            var lower = Mix(below[first + colour], below[second + colour], right);
            pixel |= (uint)(byte)Mix(upper, lower, down) << (8 * colour);
        }

        return pixel;

        static int At(int place, int length) => Math.Clamp(place, 0, length - 1);

        static double Mix(double from, double to, double share) => from + ((to - from) * share);
    }
}
