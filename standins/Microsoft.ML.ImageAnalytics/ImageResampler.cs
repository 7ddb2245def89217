using Microsoft.ML.Data;
using static Microsoft.ML.Transforms.Image.ImageResizingEstimator;

namespace Microsoft.ML.Transforms.Image;

/// <summary>
/// The three ways of ResizeImages: Fill takes the nearest pixel; IsoPad and IsoCrop draw the whole picture over black with Mitchell and
/// Netravali's cubic (B = C = 1/3) of four by four source pixels, also where the picture shrinks.
/// </summary>
internal static class ImageResampler
{
    public static MLImage Resize(MLImage image, Options options)
    {
        var pixels = options.Kind == ResizingKind.Fill ? Nearest(image, options) : Draw(image, options);
        return MLImage.CreateFromPixels(options.Width, options.Height, image.PixelFormat, pixels);
    }

    private static byte[] Nearest(MLImage image, Options options)
    {
        var source = image.Pixels;
        var result = new byte[options.Width * options.Height * 4];
        for (var y = 0; y < options.Height; y++)
        {
            var fromRow = NearestIndex(y, options.Height, image.Height) * image.Width;
            for (var x = 0; x < options.Width; x++)
            {
                var from = (fromRow + NearestIndex(x, options.Width, image.Width)) * 4;
                source.Slice(from, 4).CopyTo(result.AsSpan((y * options.Width + x) * 4));
            }
        }
        return result;
    }

    private static int NearestIndex(int index, int length, int sourceLength)
        => Math.Min((int)((index + 0.5) * sourceLength / length), sourceLength - 1);

    private static byte[] Draw(MLImage image, Options options)
    {
        var (destX, destY, destWidth, destHeight) = Place(image, options);
        var columns = Taps(options.Width, destX, destWidth, image.Width);
        var rows = Taps(options.Height, destY, destHeight, image.Height);

        var source = image.Pixels;
        var result = new byte[options.Width * options.Height * 4];
        Span<float> sum = stackalloc float[3];
        for (var y = 0; y < options.Height; y++)
        {
            for (var x = 0; x < options.Width; x++)
            {
                var target = result.AsSpan((y * options.Width + x) * 4, 4);
                target[3] = 255;
                if (rows[y] is not { } row || columns[x] is not { } column)
                    continue;

                sum.Clear();
                for (var i = 0; i < 4; i++)
                {
                    for (var j = 0; j < 4; j++)
                    {
                        var pixel = source.Slice((row.Index[i] * image.Width + column.Index[j]) * 4, 4);
                        var weight = row.Weight[i] * column.Weight[j] * (pixel[3] / 255f);
                        for (var c = 0; c < 3; c++)
                            sum[c] += weight * pixel[c];
                    }
                }
                for (var c = 0; c < 3; c++)
                    target[c] = (byte)Math.Clamp(sum[c] + 0.5f, 0, 255);
            }
        }
        return result;
    }

    /// <summary>Where the whole picture lands: inside the target (pad), or covering it and sticking out (crop).</summary>
    private static (int X, int Y, int Width, int Height) Place(MLImage image, Options options)
    {
        var widthAspect = (float)options.Width / image.Width;
        var heightAspect = (float)options.Height / image.Height;
        var heightIsTighter = heightAspect < widthAspect;
        var pad = options.Kind == ResizingKind.IsoPad;
        var aspect = heightIsTighter == pad ? heightAspect : widthAspect;
        var freeX = options.Width - image.Width * aspect;
        var freeY = options.Height - image.Height * aspect;
        int x = 0, y = 0;
        if (heightIsTighter == pad)
        {
            x = pad
                ? (int)(freeX / 2)
                : options.Anchor switch { Anchor.Left => 0, Anchor.Right => (int)freeX, _ => (int)(freeX / 2) };
        }
        else
        {
            y = pad
                ? (int)(freeY / 2)
                : options.Anchor switch { Anchor.Top => 0, Anchor.Bottom => (int)freeY, _ => (int)(freeY / 2) };
        }
        return (x, y, (int)(image.Width * aspect), (int)(image.Height * aspect));
    }

    private readonly record struct Tap(int[] Index, float[] Weight);

    private static Tap?[] Taps(int length, int start, int destLength, int sourceLength)
    {
        var result = new Tap?[length];
        for (var i = Math.Max(0, start); i < Math.Min(length, start + destLength); i++)
        {
            var center = (i + 0.5f - start) * sourceLength / destLength - 0.5f;
            var first = (int)MathF.Floor(center) - 1;
            var tap = new Tap(new int[4], new float[4]);
            for (var k = 0; k < 4; k++)
            {
                tap.Index[k] = Math.Clamp(first + k, 0, sourceLength - 1);
                tap.Weight[k] = Mitchell(Math.Abs(center - (first + k)));
            }
            result[i] = tap;
        }
        return result;
    }

    private static float Mitchell(float x) => x switch
    {
        < 1 => (7 * x * x * x - 12 * x * x + 16f / 3) / 6,
        < 2 => (-7f / 3 * x * x * x + 12 * x * x - 20 * x + 32f / 3) / 6,
        _ => 0,
    };
}
