using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>Transparent pixels stand on white, whatever colour lies hidden under them; half transparent ones are mixed with it.</summary>
public sealed class TransparencyTests
{
    private const int Side = 16;

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Png_alpha_is_composited_exactly(int bitDepth)
    {
        var scale = bitDepth == 16 ? 256 : 1;
        var colour = new PngBuilder(Side, Side, bitDepth, 6)
            .Build((x, y) => [200 * scale, 100 * scale, 40 * scale, (x + y * Side) * scale]);
        var gray = new PngBuilder(Side, Side, bitDepth, 4) { Interlaced = true }.Build((x, y) => [90 * scale, (x + y * Side) * scale]);
        using var image = Pictures.Load(colour);
        using var grayImage = Pictures.Load(gray);
        for (var alpha = 0; alpha < 256; alpha++)
        {
            var (x, y) = (alpha % Side, alpha / Side);
            Assert.Equal((OnWhite(200, alpha), OnWhite(100, alpha), OnWhite(40, alpha)), image.At(x, y));
            Assert.Equal((OnWhite(90, alpha), OnWhite(90, alpha), OnWhite(90, alpha)), grayImage.At(x, y));
        }
    }

    [Fact]
    public void A_transparent_colour_of_a_png_is_white()
    {
        var gray = new PngBuilder(Side, 1, 8, 0) { Before = { ("tRNS", [0, 5]) } };
        AssertWhiteAt(gray.Build((x, _) => [x]), 5, (6, 6, 6));
        var colour = new PngBuilder(Side, 1, 8, 2) { Before = { ("tRNS", [0, 10, 0, 5, 0, 20]) } };
        AssertWhiteAt(colour.Build((x, _) => [10, x, 20]), 5, (10, 6, 20));
        var wide = new PngBuilder(Side, 1, 16, 2) { Before = { ("tRNS", [10, 1, 5, 0, 20, 2]) } };
        AssertWhiteAt(wide.Build((x, _) => [10 << 8 | 1, x << 8, 20 << 8 | 2]), 5, (10, 6, 20));

        // Equal in the byte that is shown is not equal.
        using var image = Pictures.Load(wide.Build((x, _) => [10 << 8 | 1, x << 8 | 1, 20 << 8 | 2]));
        Assert.Equal((10, 5, 20), image.At(5, 0));
        var bits = new PngBuilder(Side, 1, 1, 0) { Before = { ("tRNS", [0, 0]) } };
        AssertWhiteAt(bits.Build((x, _) => [x == 5 ? 0 : 1]), 5, (255, 255, 255));
    }

    [Fact]
    public void A_palette_has_alpha()
    {
        var png = new PngBuilder(Side, 1, 8, 3)
        {
            Before = { ("PLTE", [200, 100, 40, 200, 100, 40, 200, 100, 40]), ("tRNS", [0, 128]) },
        };
        using var image = Pictures.Load(png.Build((x, _) => [x % 3]));
        Assert.Equal((255, 255, 255), image.At(0, 0));
        Assert.Equal((OnWhite(200, 128), OnWhite(100, 128), OnWhite(40, 128)), image.At(1, 0));
        Assert.Equal((200, 100, 40), image.At(2, 0));
    }

    [Theory]
    [InlineData(0x000000)]
    [InlineData(0xFFFFFF)]
    [InlineData(0x0000FF)]
    public void What_is_hidden_does_not_matter(int hidden)
    {
        var png = new PngBuilder(Side, Side, 8, 6)
            .Build((x, _) => x < 8 ? [255, 0, 0, 255] : [hidden >> 16, hidden >> 8 & 255, hidden & 255, 0]);
        using var image = Pictures.Load(png);
        Assert.Equal((255, 0, 0), image.At(7, 3));
        Assert.Equal((255, 255, 255), image.At(8, 3));

        // Shrinking comes after, or the hidden colour would bleed.
        using var shrunk = Pictures.Load(png, new() { ShrinkAbove = 2 });
        Assert.Equal((1, 1), (shrunk.Width, shrunk.Height));
        Assert.Equal((255, 128, 128), shrunk.At(0, 0));
    }

    [Fact]
    public void Webp_alpha_is_composited()
    {
        var file = Pictures.EncodeLossless(Side, Side, (x, y) => new SKColor(200, 100, 40, (byte)(x + y * Side)));
        using var image = Pictures.Load(file);
        for (var alpha = 0; alpha < 256; alpha++)
        {
            // SkiaSharp's encoder multiplies by alpha and back, so few colours come through exactly.
            var (red, _, _) = image.At(alpha % Side, alpha / Side);
            Assert.InRange(red - OnWhite(200, alpha), -2, 2);
        }
    }

    [Fact]
    public void Bmp_alpha_is_composited()
    {
        using var image = Pictures.Load(BmpBuilder.Build(3, 3, (_, _) => new SKColor(200, 100, 40), bits: 32, alpha: 128));
        Assert.Equal((OnWhite(200, 128), OnWhite(100, 128), OnWhite(40, 128)), image.At(1, 1));
    }

    private static byte OnWhite(int value, int alpha) => (byte)Math.Round((value * alpha + 255 * (255 - alpha)) / 255.0);

    private static void AssertWhiteAt(byte[] file, int x, (byte, byte, byte) next)
    {
        using var image = Pictures.Load(file);
        Assert.Equal((255, 255, 255), image.At(x, 0));
        Assert.Equal(next, image.At(x + 1, 0));
    }
}
