using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tool.Detecting;

/// <summary>Draws boxes into pictures, each text in a colour of its own.</summary>
internal static class BoxPainter
{
    /// <summary>A line is this part of the picture's longer side, and a pixel at least.</summary>
    private const double LinePart = 1.0 / 300;

    /// <summary>Colours that are told apart, red green blue; after the last the first comes again.</summary>
    private static readonly (byte Red, byte Green, byte Blue)[] Colours =
    [
        (230, 25, 75), (60, 180, 75), (0, 130, 200), (245, 130, 48), (145, 30, 180), (0, 128, 128), (240, 50, 230), (170, 110, 40), (128, 0, 0),
        (0, 0, 128), (210, 245, 60), (70, 240, 240),
    ];

    /// <summary>The colour of a text by its number, as web pages have it.</summary>
    public static string NameOf(int number)
    {
        var (red, green, blue) = Colours[number % Colours.Length];
        return $"#{red:x2}{green:x2}{blue:x2}";
    }

    /// <summary>A copy with boxes; the caller disposes it.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="boxes">x1, y1, x2, y2 and the number of the text; drawn from the last to the first.</param>
    public static MLImage Draw(MLImage image, IReadOnlyList<(float[] Box, int Number)> boxes)
    {
        var (width, height) = (image.Width, image.Height);
        var pixels = image.Pixels.ToArray();
        var isBlueFirst = image.PixelFormat == MLPixelFormat.Bgra32;
        var line = Math.Max(1, (int)Math.Round(Math.Max(width, height) * LinePart));
        foreach (var (box, number) in boxes.Reverse())
        {
            var (red, green, blue) = Colours[number % Colours.Length];
            int left = Inside(box[0], width), top = Inside(box[1], height), right = Inside(box[2], width), bottom = Inside(box[3], height);
            for (var y = top; y <= bottom; y++)
            {
                for (var x = left; x <= right; x++)
                {
                    if (x - left >= line && right - x >= line && y - top >= line && bottom - y >= line)
                    {
                        x = right - line;
                        continue;
                    }

                    var at = ((y * width) + x) * 4;
                    (pixels[at], pixels[at + 1], pixels[at + 2]) = isBlueFirst ? (blue, green, red) : (red, green, blue);
                    pixels[at + 3] = byte.MaxValue;
                }
            }
        }

        return MLImage.CreateFromPixels(width, height, image.PixelFormat, pixels);
    }

    private static int Inside(float place, int size) => Math.Clamp((int)MathF.Round(place), 0, size - 1);
}
