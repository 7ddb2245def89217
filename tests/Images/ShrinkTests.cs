using Microsoft.ML.Data;
using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>Shrinking while decoding gives area means, whatever the format and whatever way the decoder hands its rows out.</summary>
public sealed class ShrinkTests
{
    private const int Width = 61;
    private const int Height = 47;

    public static TheoryData<string, int, int> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, int, int>();
            foreach (var kind in new[] { "png", "interlaced", "gif", "webp", "animated", "bmp", "bmp from the top" })
            {
                kinds.Add(kind, 500, 2);
                kinds.Add(kind, Width * Height - 1, 2);
                kinds.Add(kind, 1, 2);
            }

            // Decoded to eighths by the transform itself, and in another order of rounding.
            kinds.Add("jpeg", 500, 12);
            kinds.Add("lossy webp", 500, 12);
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Pixels_are_area_means(string kind, int pixels, int tolerance)
    {
        var file = Encode(kind);
        using var whole = Pictures.Load(file, new() { ShrinkAbove = null });
        using var small = Pictures.Load(file, new() { ShrinkAbove = pixels });
        Assert.Equal((Width, Height), (whole.Width, whole.Height));
        Assert.InRange(small.Width * small.Height, pixels * 0.8, pixels * 1.2);
        Assert.InRange(small.Width / (double)small.Height, 0.9, 1.4);
        for (var y = 0; y < small.Height; y++)
        {
            for (var x = 0; x < small.Width; x++)
            {
                var (expected, actual) = (Mean(whole, x, y, small.Width, small.Height), small.At(x, y));
                Assert.InRange(actual.Red - expected.Red, -tolerance + 1, tolerance - 1);
                Assert.InRange(actual.Green - expected.Green, -tolerance + 1, tolerance - 1);
                Assert.InRange(actual.Blue - expected.Blue, -tolerance + 1, tolerance - 1);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_png_that_is_decoded_in_bands_is_whole(bool interlaced)
    {
        // 36 MB as pixels, which is more than a band; a ramp from black to white.
        const int Wide = 4500;
        const int High = 2000;
        var png = new PngBuilder(Wide, High, 8, 0) { Interlaced = interlaced };
        var rows = VisionLanguage.Images.PngHeader.Read(png.Header(), VisionLanguage.Images.ImageLimits.Default).Rows().ToArray();
        var data = new byte[rows.Sum(pass => pass.Rows * (pass.Bytes + 1))];
        var at = 0;
        foreach (var (count, bytes) in rows)
        {
            for (var y = 0; y < count; y++, at += (int)bytes + 1) data.AsSpan(at + 1, (int)bytes).Fill((byte)(255 * y / (count - 1)));
        }

        using var image = Pictures.Load(PngBuilder.Join(png.Chunks(PngBuilder.Compress(data))), new() { ShrinkAbove = 9000 });
        Assert.Equal((142, 63), (image.Width, image.Height));
        for (var y = 0; y < image.Height; y++) Assert.InRange(image.At(70, y).Red - 255 * (y + 0.5) / image.Height, -2, 2);
    }

    [Fact]
    public void A_picture_that_is_not_too_large_stays_as_it_is()
    {
        foreach (var kind in new[] { "jpeg", "png", "bmp" })
        {
            using var whole = Pictures.Load(Encode(kind), new() { ShrinkAbove = null });
            using var same = Pictures.Load(Encode(kind), new() { ShrinkAbove = Width * Height });
            Assert.True(whole.Pixels.SequenceEqual(same.Pixels));
        }
    }

    private static byte[] Encode(string kind) => kind switch
    {
        "jpeg" => Pictures.Encode(Width, Height, Smooth, SKEncodedImageFormat.Jpeg),
        "png" => Pictures.Encode(Width, Height, Pictures.Noise, SKEncodedImageFormat.Png),
        "interlaced" => new PngBuilder(Width, Height, 8, 2) { Interlaced = true }.Build((x, y) => Samples(Pictures.Noise(x, y))),
        "gif" => new GifBuilder(Width, Height).Frame(3, 2, Width - 5, Height - 4, (x, y) => x * y % 4).Build(),
        "webp" => Pictures.EncodeLossless(Width, Height, Pictures.Noise),
        "lossy webp" => Pictures.Encode(Width, Height, Smooth, SKEncodedImageFormat.Webp),
        "animated" => WebPBuilder.Animation(
            Width, Height, (0, 0, Width, Height, WebPBuilder.Picture(Pictures.EncodeLossless(Width, Height, Pictures.Noise)))),
        _ => BmpBuilder.Build(Width, Height, Pictures.Noise, topDown: kind != "bmp"),
    };

    private static SKColor Smooth(int x, int y) => new((byte)(x * 4), (byte)(y * 5), (byte)(x * 2 + y * 2));

    private static int[] Samples(SKColor colour) => [colour.Red, colour.Green, colour.Blue];

    private static (double Red, double Green, double Blue) Mean(MLImage image, int x, int y, int width, int height)
    {
        var (red, green, blue, sum) = (0.0, 0.0, 0.0, 0.0);
        for (var fromY = 0; fromY < image.Height; fromY++)
        {
            for (var fromX = 0; fromX < image.Width; fromX++)
            {
                var share = Share(x, fromX, image.Width, width) * Share(y, fromY, image.Height, height);
                if (share == 0) continue;
                var pixel = image.At(fromX, fromY);
                (red, green, blue, sum) = (red + share * pixel.Red, green + share * pixel.Green, blue + share * pixel.Blue, sum + share);
            }
        }

        return (red / sum, green / sum, blue / sum);

        static double Share(int wanted, int source, int from, int to)
        {
            var stretch = from / (double)to;
            return Math.Max(0, Math.Min((wanted + 1) * stretch, source + 1) - Math.Max(wanted * stretch, source));
        }
    }
}
