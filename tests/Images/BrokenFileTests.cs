using MLNet.VisionLanguage.Tests.Support;
using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>Files that are cut off, damaged or no pictures: each is refused, and the message says why.</summary>
public sealed class BrokenFileTests
{
    private const int Side = 24;

    private static readonly byte[] Jpeg = Pictures.Encode(Side, Side, Pictures.Noise, SKEncodedImageFormat.Jpeg, 60);
    private static readonly byte[] Progressive = new JpegBuilder(Side, Side).Progressive(JpegBuilder.Coefficients(Side, Side, 1));
    private static readonly byte[] Png = Pictures.Encode(Side, Side, Pictures.Noise, SKEncodedImageFormat.Png);

    private static readonly Dictionary<string, byte[]> Whole = new()
    {
        ["jpeg"] = Jpeg,
        ["progressive"] = Progressive,
        ["restarts"] = new JpegBuilder(Side, Side) { RestartInterval = 2 }.Sequential(JpegBuilder.Coefficients(Side, Side, 2)),
        ["png"] = Png,
        ["interlaced"] = new PngBuilder(Side, Side, 8, 2) { Interlaced = true }.Build((x, y) => [x * 9, y * 9, x * y & 255]),
        ["gif"] = new GifBuilder(Side, Side).Comment("Hello").Frame(0, 0, Side, Side, (x, y) => x * y % 4)
            .Frame(0, 0, 4, 4, (_, _) => 1).Build(),
        ["webp"] = Pictures.EncodeLossless(Side, Side, Pictures.Noise),
        ["lossy webp"] = Pictures.Encode(Side, Side, Pictures.Noise, SKEncodedImageFormat.Webp, 60),
        ["animated webp"] = WebPBuilder.Animation(
            Side, Side, (0, 0, Side, Side, WebPBuilder.Picture(Pictures.EncodeLossless(Side, Side, Pictures.Noise)))),
        ["bmp"] = BmpBuilder.Build(Side, Side, Pictures.Noise),
        ["packed bmp"] = BmpBuilder.RunLength(Side, Side, (x, y) => x / 5 % 4),
    };

    public static TheoryData<string> Names => [.. Whole.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_beginning_of_a_file_is_a_picture(string name)
    {
        var file = Whole[name];
        Pictures.Load(file).Dispose();
        for (var length = 0; length < file.Length; length++)
        {
            var reason = Pictures.Problem(file[..length]);
            Assert.True(reason.Contains("cut off") || reason.Contains("empty") || length < 16, $"{length} bytes: {reason}");
        }
    }

    /// <summary>A download into a file that was made as long as it was to be.</summary>
    [Theory]
    [InlineData("jpeg")]
    [InlineData("progressive")]
    [InlineData("restarts")]
    [InlineData("png")]
    [InlineData("interlaced")]
    [InlineData("gif")]
    public void A_file_that_goes_on_in_zeros_is_refused(string name)
    {
        var file = Whole[name];
        for (var length = 16; length < file.Length - 4; length += 7)
            Pictures.Problem([.. file[..length], .. new byte[file.Length - length]]);
        Assert.Contains("zeros", Pictures.Problem(new byte[1000]));
    }

    [Theory]
    [InlineData("jpeg")]
    [InlineData("progressive")]
    [InlineData("restarts")]
    public void A_cut_jpeg_with_an_end_marker_is_refused(string name)
    {
        var file = Whole[name];
        var start = Pictures.ScanStart(file);
        foreach (var part in new[] { 0, 0.25, 0.5, 0.75 })
        {
            var length = start + (int)((file.Length - start) * part);
            while (file[length - 1] == 0xFF) length++;
            Assert.Contains("damaged", Pictures.Problem([.. file[..length], 0xFF, 0xD9]));
        }
    }

    [Fact]
    public void A_jpeg_with_a_hole_is_refused()
    {
        var start = Pictures.ScanStart(Jpeg);
        var quarter = (Jpeg.Length - start) / 4;
        Assert.Contains("damaged", Pictures.Problem([.. Jpeg[..(start + quarter)], .. Jpeg[^quarter..]]));
        var large = Pictures.Encode(200, 200, Pictures.Noise, SKEncodedImageFormat.Jpeg, 95);
        large.AsSpan(large.Length / 3, large.Length / 3).Clear();
        Assert.Contains("damaged", Pictures.Problem(large));
        var restarts = Whole["restarts"];
        var second = restarts.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD1]);
        var third = restarts.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD2]);
        Assert.Contains("damaged", Pictures.Problem([.. restarts[..second], .. restarts[third..]]));
    }

    [Fact]
    public void A_jpeg_without_its_parts_is_refused()
    {
        Assert.Contains("no picture data", Pictures.Problem([.. Jpeg[..2], 0xFF, 0xD9, .. Jpeg[2..]]));
        Assert.Contains("frame header", Pictures.Problem([.. Jpeg[..2], 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0xFF, 0xD9]));
        Assert.Contains("cut off", Pictures.Problem(Jpeg[..Pictures.ScanStart(Jpeg)]));

        // The mean values of a component are missing: everything gray.
        var start = new JpegBuilder(Side, Side).Progressive([], scans: 0)[..^2];
        byte[] other = [0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 63, 0, 0x30, 0x3F, 0xFF, 0xD9];
        Assert.Contains("components", Pictures.Problem([.. start, .. other]));
    }

    [Theory]
    [InlineData(0xC3, 8, "lossless")]
    [InlineData(0xC5, 8, "hierarchical")]
    [InlineData(0xC9, 8, "arithmetic")]
    [InlineData(0xC1, 12, "12 bits")]
    public void Other_kinds_of_jpeg_are_named(int marker, int precision, string named)
    {
        var file = Jpeg.ToArray();
        var at = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        (file[at + 1], file[at + 4]) = ((byte)marker, (byte)precision);
        Assert.Contains(named, Pictures.Problem(file));
    }

    [Fact]
    public void Chunks_of_a_png_that_matter_are_held_to_their_checksums()
    {
        var png = new PngBuilder(Side, Side, 8, 3)
        {
            Before = { ("PLTE", new byte[12]), ("tRNS", [0, 1]), ("tEXt", "Title\0x"u8.ToArray()) },
        };
        var file = png.Build((x, y) => [x * y % 4]);
        Pictures.Load(file).Dispose();
        foreach (var type in new[] { "IHDR", "PLTE", "tRNS", "tEXt", "IDAT", "IEND" })
        {
            var broken = file.ToArray();
            var at = broken.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(type));
            var length = broken[at - 1] + (broken[at - 2] << 8);
            broken[at + 4 + length] ^= 1;
            if (type == "tEXt")
                Pictures.Load(broken).Dispose();
            else
                Assert.Contains($"checksum of the {type} chunk", Pictures.Problem(broken));
        }
    }

    [Fact]
    public void Damage_that_its_checksums_hide_is_found()
    {
        var png = new PngBuilder(Side, Side, 8, 2);
        var rows = png.Rows((x, y) => [x * 9, y * 9, x * y & 255]);
        var data = PngBuilder.Compress(rows);
        Assert.Contains("after 23 of 24 rows", Of(PngBuilder.Compress(rows.AsSpan(..^1))));
        Assert.Contains("after 0 of 24 rows", Of(PngBuilder.Compress([])));
        Assert.Contains("rows", Of(data[..(data.Length / 2)]));
        Assert.Contains("rows", Of([.. data[..(data.Length / 2)], .. new byte[20], .. data[(data.Length / 2)..]]));
        Assert.Contains("rows", Of([.. data[..^1], (byte)(data[^1] ^ 1)]));
        Assert.Contains("checksum", Of(data[..^4]));
        Assert.Contains("checksum", Of(data[..^1]));

        // zlib with a preset dictionary, which PNG does not have.
        Assert.Contains("rows", Of([0x78, 0xBB, 1, 2, 3, 4, .. data[2..]]));
        Assert.Contains("filter", Of(PngBuilder.Compress([.. rows[..(1 + Side * 3)], 9, .. rows[(2 + Side * 3)..]])));
        Assert.Contains("palette", Pictures.Problem(new PngBuilder(Side, Side, 8, 3).Build((_, _) => [0])));
        Assert.Contains("no picture data", Pictures.Problem(PngBuilder.Join([("IHDR", png.Header()), ("IEND", [])])));
        Assert.Contains("header", Pictures.Problem(PngBuilder.Join([("IDAT", data), ("IEND", [])])));
        Assert.Contains("ABCD", Pictures.Problem(PngBuilder.Join([("IHDR", png.Header()), ("ABCD", []), ("IDAT", data), ("IEND", [])])));
        Assert.Contains("Apple", Pictures.Problem(PngBuilder.Join([("CgBI", new byte[4]), .. png.Chunks(data)])));

        // In pieces, and with something behind its end, it is still a picture.
        Pictures.Load(PngBuilder.Join([
            ("IHDR", png.Header()), ("IDAT", data[..9]), ("IDAT", []), ("IDAT", data[9..]), ("IDAT", new byte[40]), ("tEXt", []),
            ("IEND", []),
        ])).Dispose();
        Assert.Contains("two places", Pictures.Problem(PngBuilder.Join([
            ("IHDR", png.Header()), ("IDAT", data), ("tEXt", []), ("IDAT", data), ("IEND", []),
        ])));
        Pictures.Load([.. PngBuilder.Join(png.Chunks(data)), .. data]).Dispose();

        string Of(byte[] content) => Pictures.Problem(PngBuilder.Join(png.Chunks(content)));
    }

    [Fact]
    public void A_header_that_the_specification_does_not_know_is_refused()
    {
        foreach (var (place, value) in new[] { (8, 3), (8, 16), (9, 1), (9, 5), (9, 200), (10, 1), (11, 1), (12, 2) })
        {
            var header = new PngBuilder(Side, Side, 8, 3).Header();
            header[place] = (byte)value;
            var file = PngBuilder.Join([("IHDR", header), ("PLTE", new byte[3]), ("IDAT", []), ("IEND", [])]);
            Assert.Contains("header", Pictures.Problem(file));
        }

        Assert.Contains("0 x 24", Pictures.Problem(PngBuilder.Join(new PngBuilder(0, Side, 8, 2).Chunks([]))));
    }

    [Fact]
    public void Compressed_text_is_no_way_to_take_memory()
    {
        byte[] bomb = PngBuilder.Compress(new byte[50 << 20]);
        var harmless = PngBuilder.Compress(System.Text.Encoding.ASCII.GetBytes(string.Join(' ', Enumerable.Range(0, 300_000))));
        foreach (var (type, before) in new (string, byte[])[]
        {
            ("zTXt", [.. "t\0\0"u8]), ("iTXt", [.. "t\0\x1\0\0\0"u8]), ("iCCP", [.. "p\0\0"u8]),
        })
        {
            var png = new PngBuilder(Side, Side, 8, 0) { Before = { (type, [.. before, .. bomb]) } };
            var file = png.Build((_, _) => [1]);
            Timing.Within(1000, type, () => Assert.Contains(
                $"bomb: the {before.Length + bomb.Length} bytes of a {type} chunk", Pictures.Problem(file)));
            var fine = new PngBuilder(Side, Side, 8, 0) { Before = { (type, [.. before, .. harmless]) } };
            Pictures.Load(fine.Build((_, _) => [1])).Dispose();
        }

        var many = new PngBuilder(Side, Side, 8, 0);
        many.Before.AddRange(Enumerable.Repeat(("zTXt", (byte[])[.. "t\0\0"u8, .. PngBuilder.Compress(new byte[1 << 20])]), 100));
        Assert.Contains("bomb", Pictures.Problem(many.Build((_, _) => [1])));
        var unknown = new PngBuilder(Side, Side, 8, 0) { Before = { ("iCCP", [.. "p\0\x1"u8]) } };
        Assert.Contains("compression method 1", Pictures.Problem(unknown.Build((_, _) => [1])));
    }

    [Fact]
    public void A_gif_must_have_its_pixels_and_its_trailer()
    {
        var endless = new GifBuilder(Side, Side) { HasTrailer = false }.Frame(0, 0, Side, Side, (_, _) => 1);
        Assert.Contains("trailer", Pictures.Problem(endless.Build()));
        var half = new GifBuilder(Side, Side).Frame(0, 0, Side, Side, (_, _) => 1, pixels: 12 * Side + 3);
        Assert.Contains("after 12 of 24 rows", Pictures.Problem(half.Build()));
        Assert.Contains("no picture", Pictures.Problem(new GifBuilder(Side, Side).Comment("nothing").Build()));
        Assert.Contains("0 x 24", Pictures.Problem(new GifBuilder(Side, Side).Frame(0, 0, 0, Side, (_, _) => 1).Build()));
    }

    [Fact]
    public void Webp_and_bmp_with_contradictions_are_refused()
    {
        var webp = Whole["webp"].ToArray();
        webp[20] = 0;
        Assert.Contains("signature", Pictures.Problem(webp));
        webp = Whole["lossy webp"].ToArray();
        webp[23] = 0;
        Assert.Contains("key frame", Pictures.Problem(webp));
        webp = Whole["lossy webp"].ToArray();
        webp[16] += 9;
        Assert.Contains("more than are left", Pictures.Problem(webp));
        Assert.Contains("no picture", Pictures.Problem(WebPBuilder.Extended(Side, Side, 0)));
        var bmp = Whole["bmp"].ToArray();
        bmp[28] = 7;
        Assert.Contains("7 bits", Pictures.Problem(bmp));
        bmp = Whole["bmp"].ToArray();
        bmp[30] = 4;
        Assert.Contains("compression 4", Pictures.Problem(bmp));
        bmp = Whole["bmp"].ToArray();
        bmp[10] = 3;
        Assert.Contains("inside the header", Pictures.Problem(bmp));
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>404</body></html>", "web page")]
    [InlineData("\uFEFF\n<HTML lang='en'>", "web page")]
    [InlineData("<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG")]
    [InlineData("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "XML")]
    [InlineData("{\"error\": \"not found\"}", "JSON")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS")]
    [InlineData("not a picture", "text")]
    [InlineData("P6\n2 2\n255\n", "PNM")]
    [InlineData("II*\0\b\0\0\0", "TIFF")]
    [InlineData("MM\0*\0\0\0\b", "TIFF")]
    [InlineData("8BPS\0\u0001", "Photoshop")]
    [InlineData("\0\0\0\u0018ftypheic\0\0\0\0", "HEIC")]
    [InlineData("\0\0\0\u0018ftypavif\0\0\0\0", "AVIF")]
    [InlineData("\0\0\0\u0018ftypisom\0\0\0\0", "film")]
    [InlineData("\0\0\u0001\0\u0001\0", "ICO")]
    [InlineData("%PDF-1.7", "PDF")]
    [InlineData("PK\u0003\u0004", "zip")]
    [InlineData("RIFF\0\0\0\0WAVE", "RIFF")]
    [InlineData("\u0089PNG\n\u001A\n\0\0", "copied as text")]
    [InlineData("\u0001\u0002\u0003\u0004\u00FF", "01020304FF")]
    public void What_is_no_picture_is_named(string content, string named)
    {
        var bytes = content.Any(c => c > 255) ? System.Text.Encoding.UTF8.GetBytes(content) : System.Text.Encoding.Latin1.GetBytes(content);
        Assert.Contains(named, Pictures.Problem(bytes));
    }

    [Fact]
    public void Files_that_are_not_there_say_so()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<UnreadableImageException>(() => ImageFile.Load(folder.File("none.jpg")));
        Assert.Equal((folder.File("none.jpg"), "there is no such file"), (error.FilePath, error.Reason));
        Assert.Equal("it is a folder", ImageFile.FindProblem(folder.Path));
        Assert.Equal("the file is empty", ImageFile.FindProblem(folder.Write("empty.png", [])));
    }
}
