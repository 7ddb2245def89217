namespace MLNet.VisionLanguage.Images;

/// <summary>
/// The pictures that FIBER is fine-tuned on (albef_randaug): a random part of half the area or more, by chance mirrored, and two operations
/// of ten, each applied by chance with strength 7 of 10. All chance comes of a seed and two numbers, so that a picture looks the same
/// whenever it is asked for again.
/// </summary>
internal static class RandomAugmentation
{
    private const int Operations = 2;
    private const double Strength = 0.7;
    private const double LeastArea = 0.5;
    private const double WidestAspect = 4.0 / 3;
    private const int CropAttempts = 10;

    /// <summary>Brightness and sharpness: 0.1 of the picture to 1.9 times it.</summary>
    private const float Factor = (float)((Strength * 1.8) + 0.1);
    private const double Shear = 0.3 * Strength;
    private const double Shift = 10 * Strength;
    private const double Turn = 30 * Strength;

    private static readonly Func<PixelBuffer, Random, PixelBuffer>[] All =
    [
        (image, _) => image,
        (image, _) => InPlace(image, ImageColours.AutoContrast),
        (image, _) => InPlace(image, ImageColours.Equalize),
        (image, _) => InPlace(image, own => ImageColours.Brightness(own, Factor)),
        (image, _) => InPlace(image, own => ImageColours.Sharpness(own, Factor)),
        (image, random) => Moved(image, ImageWarp.ShearX(Signed(Shear, random))),
        (image, random) => Moved(image, ImageWarp.ShearY(Signed(Shear, random))),
        (image, random) => Moved(image, ImageWarp.TranslateX(Signed(Shift, random))),
        (image, random) => Moved(image, ImageWarp.TranslateY(Signed(Shift, random))),
        (image, random) => Moved(image, ImageWarp.Rotate(Signed(Turn, random), image.Width, image.Height)),
    ];

    /// <summary>A picture augmented, as a square.</summary>
    /// <param name="image">The picture, which stays.</param>
    /// <param name="side">Pixels along each side of the result.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="epoch">How often the picture was shown before.</param>
    /// <param name="row">Whose picture it is.</param>
    public static PixelBuffer Apply(PixelBuffer image, int side, long seed, long epoch, long row)
    {
        var random = new Random(SeedMix.Of(SeedMix.Of(seed, epoch), row));
        var result = BicubicResizer.Resize(image, Crop(image.Width, image.Height, random), side, side);
        if (random.Next(2) == 0) result = Replace(result, result.Turn(2));
        var chosen = new[] { All[random.Next(All.Length)], All[random.Next(All.Length)] };
        foreach (var operation in chosen.Take(Operations))
        {
            if (random.Next(2) == 0) result = operation(result, random);
        }

        return result;
    }

    /// <summary>A part of a picture: its area and its aspect are drawn until it fits, or else it is the largest in the middle.</summary>
    internal static ImagePart Crop(int width, int height, Random random)
    {
        for (var attempt = 0; attempt < CropAttempts; attempt++)
        {
            var area = width * (double)height * (LeastArea + (random.NextDouble() * (1 - LeastArea)));
            var aspect = Math.Exp(Math.Log(WidestAspect) * ((2 * random.NextDouble()) - 1));
            int own = (int)Math.Round(Math.Sqrt(area * aspect)), rows = (int)Math.Round(Math.Sqrt(area / aspect));
            if (own < 1 || rows < 1 || own > width || rows > height) continue;
            return new(random.Next(width - own + 1), random.Next(height - rows + 1), own, rows);
        }

        var (wide, high) = ((double)width / height) switch
        {
            < 1 / WidestAspect => (width, (int)Math.Round(width * WidestAspect)),
            > WidestAspect => ((int)Math.Round(height * WidestAspect), height),
            _ => (width, height),
        };
        return new((width - wide) / 2, (height - high) / 2, wide, high);
    }

    private static double Signed(double amount, Random random) => random.Next(2) == 0 ? amount : -amount;

    private static PixelBuffer InPlace(PixelBuffer image, Action<PixelBuffer> change)
    {
        change(image);
        return image;
    }

    private static PixelBuffer Moved(PixelBuffer image, ImageWarp warp) => Replace(image, warp.Apply(image));

    private static PixelBuffer Replace(PixelBuffer old, PixelBuffer made)
    {
        old.Dispose();
        return made;
    }
}
