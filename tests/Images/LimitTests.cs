using System.Globalization;
using MLNet.VisionLanguage.Tests.Support;
using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>Sizes are compared with the limits before memory is taken: the files here are small and claim to be large.</summary>
public sealed class LimitTests
{
    private const int Side = 24;

    [Fact]
    public void A_huge_picture_is_refused_by_its_header()
    {
        var jpeg = Pictures.Encode(Side, Side, Pictures.Noise, SKEncodedImageFormat.Jpeg);
        var frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 5;
        (jpeg[frame], jpeg[frame + 1], jpeg[frame + 2], jpeg[frame + 3]) = (0xEA, 0x60, 0xEA, 0x60);
        var lossy = Pictures.Encode(Side, Side, Pictures.Noise, SKEncodedImageFormat.Webp);
        var bmp = BmpBuilder.Build(Side, Side, Pictures.Noise);
        (bmp[19], bmp[23]) = (0xFF, 0xFF);
        var files = new[]
        {
            jpeg, Png(60_000), Png(int.MaxValue),
            new GifBuilder(60_000, 60_000).Frame(0, 0, 1, 1, (_, _) => 1).Build(),
            new GifBuilder(1, 1).Frame(60_000, 60_000, 1, 1, (_, _) => 1).Build(),
            WebPBuilder.Extended(1 << 24, 1 << 24, 0, WebPBuilder.Picture(lossy)), bmp,
        };
        foreach (var file in files)
        {
            Timing.Within(1000, "A huge picture", () => Assert.Contains(
                "above the limit of 268435456 pixels (PixelLimit)", Pictures.Problem(file)));
        }
    }

    [Fact]
    public void What_decoding_takes_is_limited_too()
    {
        var start = new JpegBuilder(20_000, 13_000).Progressive([], scans: 0)[..^2];
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var file in new byte[][]
        {
            [.. start, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0, 0xFF, 0xD9],
            new GifBuilder(11_000, 11_000).Frame(0, 0, 1, 1, (_, _) => 1).Build(),
            WebPBuilder.Extended(15_000, 15_000, 0x10, WebPBuilder.Picture(Pictures.EncodeLossless(Side, Side, Pictures.Noise))),
        })
        {
            Assert.Contains("MiB (MemoryLimit)", Pictures.Problem(file));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void The_limits_are_options()
    {
        var file = Pictures.Quarters(Side, Side, SKEncodedImageFormat.Png);
        Assert.Contains("24 x 24 pixels, above the limit of 575", Pictures.Problem(file, new() { PixelLimit = 575 }));
        Pictures.Load(file, new() { PixelLimit = 576 }).Dispose();
        Assert.Contains("MemoryLimit", Pictures.Problem(file, new() { MemoryLimit = 576 * 8 - 1 }));
        Pictures.Load(file, new() { MemoryLimit = 576 * 8 }).Dispose();

        // Shrunk, it takes less.
        Pictures.Load(file, new() { MemoryLimit = 576 * 8 - 1, ShrinkAbove = 100 }).Dispose();
    }

    [Theory]
    [InlineData(2560, 1920, 1280, 960)]
    [InlineData(4000, 3000, 1280, 960)]
    [InlineData(12_000, 9000, 1280, 960)]
    [InlineData(3000, 2, 3000, 2)]
    [InlineData(20_000, 1000, 4957, 248)]
    [InlineData(1280, 960, 1280, 960)]
    [InlineData(10_000_000, 1, 3_505_424, 1)]
    public void Large_pictures_are_shrunk_to_one_size(int width, int height, int expectedWidth, int expectedHeight)
    {
        var header = new VisionLanguage.Images.ImageHeader(VisionLanguage.Images.ImageFormat.Jpeg, width, height);
        var shrunk = VisionLanguage.Images.ImageLimits.Default.Delivered(header);
        Assert.Equal((expectedWidth, expectedHeight), shrunk);
        Assert.Equal((width, height), (VisionLanguage.Images.ImageLimits.Default with { ShrinkAbove = null }).Delivered(header));
        Assert.Equal(1_228_800.ToString(CultureInfo.InvariantCulture), $"{new LoadImageFilesOptions().ShrinkAbove}");
    }

    private static byte[] Png(int side) =>
        PngBuilder.Join([("IHDR", new PngBuilder(side, side, 8, 2).Header()), ("IDAT", new byte[100]), ("IEND", [])]);
}
