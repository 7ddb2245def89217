using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>EXIF orientation in every format that has it.</summary>
public sealed class OrientationTests
{
    private const int Width = 32;
    private const int Height = 16;

    private static ReadOnlySpan<byte> Prefix => "Exif\0\0"u8;

    public static TheoryData<int> Orientations => [1, 2, 3, 4, 5, 6, 7, 8];

    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_jpeg_is_turned(int orientation)
    {
        foreach (var littleEndian in new[] { true, false })
        {
            using var image = Pictures.Load(Jpeg(orientation, (0xE1, [.. Prefix, .. Pictures.Exif(orientation, littleEndian)])));
            Pictures.AssertQuarters(image, Width, Height, tolerance: 12);
        }
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_png_is_turned(int orientation)
    {
        var png = Stored(orientation, SKEncodedImageFormat.Png);
        var header = png[..33];
        foreach (var file in new[]
        {
            (byte[])[.. header, .. PngBuilder.Chunk("eXIf", Pictures.Exif(orientation)), .. png[33..]],
            [.. png[..^12], .. PngBuilder.Chunk("eXIf", Pictures.Exif(orientation, littleEndian: false)), .. png[^12..]],
        })
        {
            using var image = Pictures.Load(file);
            Pictures.AssertQuarters(image, Width, Height);
        }
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_webp_is_turned(int orientation)
    {
        var (width, height) = orientation < 5 ? (Width, Height) : (Height, Width);
        var lossless = Pictures.EncodeLossless(width, height, Source(orientation));
        foreach (var exif in new[] { Pictures.Exif(orientation), [.. Prefix, .. Pictures.Exif(orientation)] })
        {
            var file = WebPBuilder.Extended(width, height, flags: 0x08, WebPBuilder.Picture(lossless), ("EXIF", exif));
            using var image = Pictures.Load(file);
            Pictures.AssertQuarters(image, Width, Height);
        }
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_shrunk_picture_is_turned_and_tells_its_upright_size(int orientation)
    {
        var file = Jpeg(orientation, (0xE1, [.. Prefix, .. Pictures.Exif(orientation)]));
        var (image, size) = ImageFile.Load(new MemoryStream(file), new(1 << 20, 1 << 20, Width * Height / 4));
        using (image)
        {
            Pictures.AssertQuarters(image, Width / 2, Height / 2, tolerance: 12);
            Assert.Equal((Width, Height), size);
        }
    }

    [Fact]
    public void The_first_exif_segment_counts_wherever_it_is()
    {
        byte[] turned = [.. Prefix, .. Pictures.Exif(6)];
        (int, byte[])[] others =
        [
            (0xE1, System.Text.Encoding.ASCII.GetBytes("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>")), (0xE2, "ICC_PROFILE\0"u8.ToArray()),
            (0xED, new byte[2000]), (0xFE, "a comment"u8.ToArray()),
        ];
        using var image = Pictures.Load(Jpeg(6, [.. others, (0xE1, turned), (0xE1, [.. Prefix, .. Pictures.Exif(3)])]));
        Pictures.AssertQuarters(image, Width, Height, tolerance: 12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Numbers_of_other_types_are_understood(int type)
    {
        using var image = Pictures.Load(Jpeg(6, (0xE1, [.. Prefix, .. Pictures.Exif(6, littleEndian: false, type)])));
        Pictures.AssertQuarters(image, Width, Height, tolerance: 12);
    }

    [Fact]
    public void What_says_nothing_turns_nothing()
    {
        byte[][] segments =
        [
            [.. Prefix, .. Pictures.Exif(0)], [.. Prefix, .. Pictures.Exif(9)], [.. Prefix, .. Pictures.Exif(6, type: 2)], [.. Prefix],
            [.. Prefix, .. Pictures.Exif(6)[..20]], [.. Prefix, .. "XX*\0\b\0\0\0"u8], Pictures.Exif(6),
            [.. Prefix, .. "II*\0"u8, 255, 255, 255, 255, 1, 0],
        ];
        foreach (var segment in segments)
        {
            using var image = Pictures.Load(Jpeg(1, (0xE1, segment)));
            Pictures.AssertQuarters(image, Width, Height, tolerance: 12);
        }
    }

    /// <summary>The pixels a camera stores that is held so.</summary>
    private static Func<int, int, SKColor> Source(int orientation) => (x, y) =>
    {
        var (right, bottom) = (Width - 1, Height - 1);
        var (uprightX, uprightY) = orientation switch
        {
            2 => (right - x, y),
            3 => (right - x, bottom - y),
            4 => (x, bottom - y),
            5 => (y, x),
            6 => (right - y, x),
            7 => (right - y, bottom - x),
            8 => (y, bottom - x),
            _ => (x, y),
        };
        return Pictures.Quarters(uprightX, uprightY, Width, Height);
    };

    private static byte[] Stored(int orientation, SKEncodedImageFormat format) => orientation < 5
        ? Pictures.Encode(Width, Height, Source(orientation), format)
        : Pictures.Encode(Height, Width, Source(orientation), format);

    private static byte[] Jpeg(int orientation, params (int Marker, byte[] Data)[] segments) =>
        Pictures.WithSegments(Stored(orientation, SKEncodedImageFormat.Jpeg), segments);
}
