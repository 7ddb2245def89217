using Microsoft.ML.Data;
using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>PNG, GIF, WebP and BMP files of every kind that is read.</summary>
public sealed class ImageKindTests
{
    private const int Width = 21;
    private const int Height = 13;

    /// <summary>Red, green, blue and white by <see cref="Number"/>.</summary>
    private static readonly byte[] Colours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];

    public static TheoryData<int, int, bool> PngKinds
    {
        get
        {
            var kinds = new TheoryData<int, int, bool>();
            (int, int[])[] all = [(0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [2, 4, 8]), (4, [8, 16]), (6, [8, 16])];
            foreach (var (type, depths) in all)
            {
                foreach (var depth in depths)
                {
                    kinds.Add(type, depth, false);
                    kinds.Add(type, depth, true);
                }
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(PngKinds))]
    public void Every_kind_of_png_is_exact(int colourType, int bitDepth, bool interlaced)
    {
        var png = new PngBuilder(Width, Height, bitDepth, colourType) { Interlaced = interlaced, Filter = null };
        if (colourType == 3) png.Before.Add(("PLTE", Colours));
        var most = (1 << bitDepth) - 1;
        var samples = (int x, int y) => colourType switch
        {
            0 => [Mix(x, y) & most],
            3 => [Number(x, y)],
            4 => [Mix(x, y) & most, most],
            _ => (int[])[Mix(x, y) & most, Mix(y, x) & most, Mix(x + 3, y) & most, .. colourType == 6 ? [most] : (int[])[]],
        };
        using var image = Pictures.Load(png.Build(samples));
        Assert.Equal((Width, Height), (image.Width, image.Height));
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                // Fewer bits are stretched to all 8; of 16 bits the high byte is taken, as Pillow and ML.NET do.
                var bytes = colourType == 3
                    ? [.. Colours.AsSpan(3 * Number(x, y), 3)]
                    : samples(x, y).Select(s => (byte)(bitDepth == 16 ? s >> 8 : s * 255 / most)).ToArray();
                Assert.Equal(bytes.Length < 3 ? (bytes[0], bytes[0], bytes[0]) : (bytes[0], bytes[1], bytes[2]), image.At(x, y));
            }
        }
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(false, 200)]
    public void Eight_bit_values_in_a_sixteen_bit_png_are_not_all_black(bool interlaced, int? transparent)
    {
        var png = new PngBuilder(Width, Height, 16, 0) { Interlaced = interlaced, Filter = null };
        if (transparent is { } value) png.Before.Add(("tRNS", [(byte)(value >> 8), (byte)value]));
        using var image = Pictures.Load(png.Build((x, y) => [Value(x, y)]));
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var expected = (byte)(Value(x, y) == transparent ? 255 : Value(x, y));
                Assert.Equal((expected, expected, expected), image.At(x, y));
            }
        }

        static int Value(int x, int y) => (x + y * Width) % 256;
    }

    [Fact]
    public void An_animated_png_shows_its_default_picture()
    {
        var png = new PngBuilder(Width, Height, 8, 2);
        var rows = png.Rows((x, y) => [.. Colours.AsSpan(3 * Number(x, y), 3).ToArray().Select(c => (int)c)]);
        var chunks = png.Chunks(PngBuilder.Compress(rows));
        chunks.Insert(1, ("acTL", [0, 0, 0, 2, 0, 0, 0, 0]));
        chunks.Insert(2, ("fcTL", FrameControl(0)));
        var second = PngBuilder.Compress(new byte[rows.Length]);
        chunks.InsertRange(chunks.Count - 1, [("fcTL", FrameControl(1)), ("fdAT", [0, 0, 0, 2, .. second])]);
        using var image = Pictures.Load(PngBuilder.Join(chunks));
        AssertColours(image);

        static byte[] FrameControl(byte number) =>
            [0, 0, 0, number, 0, 0, 0, Width, 0, 0, 0, Height, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0];
    }

    [Fact]
    public void A_colour_profile_and_gamma_change_no_sample_of_a_png()
    {
        var png = new PngBuilder(Width, Height, 8, 2);
        png.Before.AddRange([("gAMA", [0, 0, 0xFF, 0xFF]), ("cHRM", new byte[32]), ("pHYs", [0, 0, 0, 1, 0, 0, 0, 1, 0])]);
        png.Before.Add(("iCCP", [.. "p\0\0"u8, .. PngBuilder.Compress(new byte[500])]));
        using var image = Pictures.Load(png.Build((x, y) => [.. Colours.AsSpan(3 * Number(x, y), 3).ToArray().Select(c => (int)c)]));
        AssertColours(image);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_first_picture_of_a_gif_is_read(bool interlaced)
    {
        var gif = new GifBuilder(Width, Height).Comment("Hello").Frame(0, 0, Width, Height, Number, interlaced: interlaced)
            .Frame(0, 0, Width, Height, (_, _) => 0).Frame(2, 2, 3, 3, (_, _) => 1, transparent: 0);
        using var image = Pictures.Load(gif.Build());
        AssertColours(image);
        using var again = Pictures.Load([.. gif.Build(), .. "and more"u8]);
        AssertColours(again);
    }

    [Fact]
    public void A_gif_picture_that_does_not_fill_the_canvas_stands_on_white()
    {
        using var image = Pictures.Load(new GifBuilder(Width, Height).Frame(4, 3, 5, 6, (x, _) => x == 0 ? 3 : 2, transparent: 3).Build());
        Assert.Equal((Width, Height), (image.Width, image.Height));
        Assert.Equal((255, 255, 255), image.At(0, 0));
        Assert.Equal((255, 255, 255), image.At(4, 3));
        Assert.Equal((0, 0, 255), image.At(5, 3));
        Assert.Equal((255, 255, 255), image.At(9, 3));
    }

    [Fact]
    public void A_gif_picture_larger_than_the_canvas_is_whole()
    {
        using var image = Pictures.Load(new GifBuilder(4, 4).Frame(0, 0, Width, Height, Number).Build());
        AssertColours(image);
    }

    [Fact]
    public void Webp_is_read_lossless_lossy_and_animated()
    {
        var lossless = Pictures.EncodeLossless(Width, Height, Colour);
        using var image = Pictures.Load(lossless);
        AssertColours(image);
        using var trailed = Pictures.Load([.. lossless, .. new byte[100]]);
        AssertColours(trailed);

        using var lossy = Pictures.Load(Pictures.Quarters(64, 64, SKEncodedImageFormat.Webp));
        Pictures.AssertQuarters(lossy, 64, 64, tolerance: 12);

        var picture = WebPBuilder.Picture(lossless);
        var frame = (0, 0, Width, Height, picture);
        using var animated = Pictures.Load(WebPBuilder.Animation(Width, Height, frame, frame));
        AssertColours(animated);

        var small = WebPBuilder.Picture(Pictures.EncodeLossless(3, 3, (_, _) => Pictures.Blue));
        using var partial = Pictures.Load(WebPBuilder.Animation(Width, Height, (2, 4, 3, 3, small)));
        Assert.Equal((255, 255, 255), partial.At(1, 4));
        Assert.Equal((0, 0, 255), partial.At(2, 4));
    }

    [Fact]
    public void Every_kind_of_bmp_is_exact()
    {
        byte[][] files =
        [
            BmpBuilder.Build(Width, Height, Colour), BmpBuilder.Build(Width, Height, Colour, topDown: true),
            BmpBuilder.Build(Width, Height, Colour, bits: 32), BmpBuilder.Build(Width, Height, Colour, bits: 32, alpha: 255),
            BmpBuilder.Build(Width, Height, Colour, bits: 32, alpha: 0), BmpBuilder.Palette(Width, Height, Number, 4),
            BmpBuilder.Palette(Width, Height, Number, 8), BmpBuilder.RunLength(Width, Height, Number),
            BmpBuilder.Old(Width, Height, Colour), [.. BmpBuilder.Build(Width, Height, Colour), 1, 2, 3],
        ];
        Assert.All(files, file =>
        {
            using var image = Pictures.Load(file);
            AssertColours(image);
        });
        using var bilevel = Pictures.Load(BmpBuilder.Palette(Width, Height, (x, _) => x & 1, 1));
        Assert.Equal(((255, 0, 0), (0, 255, 0)), (bilevel.At(0, 0), bilevel.At(1, 0)));
    }

    [Fact]
    public void What_a_file_is_called_does_not_matter()
    {
        using var folder = new Support.TemporaryFolder();
        var path = folder.Write("pic (1) ü#%.jpg", Pictures.Encode(Width, Height, Colour, SKEncodedImageFormat.Png));
        using var image = ImageFile.Load(path);
        AssertColours(image);
        Assert.Null(ImageFile.FindProblem(path));
    }

    private static int Number(int x, int y) => (x * 7 + y * 3 + x * y) % 4;

    private static SKColor Colour(int x, int y)
    {
        var at = 3 * Number(x, y);
        return new(Colours[at], Colours[at + 1], Colours[at + 2]);
    }

    private static int Mix(int x, int y) => (x * 2971 + y * 7919 + x * y * 101) & 0xFFFF;

    private static void AssertColours(MLImage image)
    {
        Assert.Equal((Width, Height), (image.Width, image.Height));
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++) Assert.Equal((Colour(x, y).Red, Colour(x, y).Green, Colour(x, y).Blue), image.At(x, y));
        }
    }
}
