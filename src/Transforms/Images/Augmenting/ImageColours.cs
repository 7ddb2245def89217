namespace MLNet.VisionLanguage.Images;

/// <summary>Changes a picture's colours where it is, as Pillow does (ImageOps, ImageEnhance); alpha stays.</summary>
internal static class ImageColours
{
    private const int BytesPerPixel = 4;
    private const int Colours = 3;
    private const int Levels = 256;

    /// <summary>Stretches each colour's levels so that its darkest becomes 0 and its lightest 255.</summary>
    public static void AutoContrast(PixelBuffer image) => ByLevels(image, counts =>
    {
        var (low, high) = (Array.FindIndex(counts, count => count > 0), Array.FindLastIndex(counts, count => count > 0));
        if (high <= low) return null;
        var scale = 255.0 / (high - low);
        var offset = -low * scale;
        return level => (int)((level * scale) + offset);
    });

    /// <summary>Spreads each colour's levels so that each occurs about as often.</summary>
    public static void Equalize(PixelBuffer image) => ByLevels(image, counts =>
    {
        var present = Array.FindAll(counts, count => count > 0);
        if (present.Length <= 1) return null;
        var step = (present.Sum() - present[^1]) / (Levels - 1);
        if (step == 0) return null;
        var levels = new int[Levels];
        var sum = step / 2;
        for (var level = 0; level < Levels; level++)
        {
            levels[level] = sum / step;
            sum += counts[level];
        }

        return level => levels[level];
    });

    /// <summary>Multiplies every level.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="factor">0 makes it black, 1 leaves it.</param>
    public static void Brightness(PixelBuffer image, float factor) => ByLevels(image, _ => level => (int)Blend(0, level, factor));

    /// <summary>Puts each pixel further from the mean of its neighbours (weight 1, its own 5); the outermost pixels stay.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="factor">0 takes the mean, 1 leaves the picture.</param>
    public static void Sharpness(PixelBuffer image, float factor)
    {
        if (image.Width < 3 || image.Height < 3) return;

        // What was above and is here before it is changed.
        byte[] above = image.Row(0).ToArray(), own = image.Row(1).ToArray();
        for (var y = 1; y < image.Height - 1; y++)
        {
            var row = image.Row(y);
            var below = image.Row(y + 1);
            for (var i = BytesPerPixel; i < row.Length - BytesPerPixel; i++)
            {
                if (i % BytesPerPixel == Colours) continue;
                var sum = (4 * own[i]) + Three(above, i) + Three(own, i) + Three(below, i);
                row[i] = (byte)Math.Clamp(Blend((int)((sum / 13f) + 0.5f), own[i], factor), 0, 255);
            }

            (above, own) = (own, below.ToArray());
        }

        static int Three(ReadOnlySpan<byte> values, int i) => values[i - BytesPerPixel] + values[i] + values[i + BytesPerPixel];
    }

    private static float Blend(int from, int to, float factor) => from + (factor * (to - from));

    /// <summary>Looks every level of a colour up in a table.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="table">Makes the table of how often each level occurs; null leaves the colour.</param>
    private static void ByLevels(PixelBuffer image, Func<int[], Func<int, int>?> table)
    {
        for (var colour = 0; colour < Colours; colour++)
        {
            var counts = new int[Levels];
            for (var y = 0; y < image.Height; y++)
            {
                var row = image.Row(y);
                for (var i = colour; i < row.Length; i += BytesPerPixel) counts[row[i]]++;
            }

            if (table(counts) is not { } level) continue;
            byte[] changed = [.. Enumerable.Range(0, Levels).Select(own => (byte)Math.Clamp(level(own), 0, 255))];
            for (var y = 0; y < image.Height; y++)
            {
                var row = image.Row(y);
                for (var i = colour; i < row.Length; i += BytesPerPixel) row[i] = changed[row[i]];
            }
        }
    }
}
