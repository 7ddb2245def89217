using System.Buffers.Binary;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Images;
using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>Small pictures, and what a test asks about them.</summary>
internal static class Pictures
{
    public static readonly SKColor Red = new(255, 0, 0);
    public static readonly SKColor Green = new(0, 255, 0);
    public static readonly SKColor Blue = new(0, 0, 255);
    public static readonly SKColor White = new(255, 255, 255);

    /// <summary>Four quarters, no two alike, so that every turn shows: red and green above, blue and white below.</summary>
    public static SKColor Quarters(int x, int y, int width, int height) =>
        y < height / 2 ? x < width / 2 ? Red : Green : x < width / 2 ? Blue : White;

    /// <summary>Something that no two neighbours have alike.</summary>
    public static SKColor Noise(int x, int y) =>
        new((byte)(x * 37 + y * 11), (byte)(x * 5 + y * 71), (byte)(x * y * 13 + 7), 255);

    public static byte[] Encode(int width, int height, Func<int, int, SKColor> colour, SKEncodedImageFormat format, int quality = 95)
    {
        using var bitmap = Bitmap(width, height, colour);
        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    public static byte[] EncodeLossless(int width, int height, Func<int, int, SKColor> colour)
    {
        using var bitmap = Bitmap(width, height, colour);
        using var pixels = bitmap.PeekPixels();
        using var data = pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 50));
        return data.ToArray();
    }

    public static byte[] Quarters(int width, int height, SKEncodedImageFormat format) =>
        Encode(width, height, (x, y) => Quarters(x, y, width, height), format);

    public static SKBitmap Bitmap(int width, int height, Func<int, int, SKColor> colour)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Unpremul));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++) bitmap.SetPixel(x, y, colour(x, y));
        }

        return bitmap;
    }

    public static MLImage Load(byte[] file, LoadImageFilesOptions? options = null) =>
        ImageFile.Load(new MemoryStream(file), ImageLimits.From(options ?? new())).Image;

    /// <summary>What is wrong with a file; both ways to find it must agree.</summary>
    public static string Problem(byte[] file, LoadImageFilesOptions? options = null)
    {
        var limits = ImageLimits.From(options ?? new());
        var reason = Assert.Throws<BadImageException>(() => ImageFile.Load(new MemoryStream(file), limits)).Message;
        var probed = Assert.Throws<BadImageException>(() =>
        {
            using var stream = new MemoryStream(file);
            ImageDecoder.Probe(stream, ImageFile.Inspect(stream, limits));
        });
        Assert.Equal(reason, probed.Message);
        return reason;
    }

    public static (byte Red, byte Green, byte Blue) At(this MLImage image, int x, int y)
    {
        Assert.Equal(MLPixelFormat.Bgra32, image.PixelFormat);
        var pixel = image.Pixels.Slice((y * image.Width + x) * 4, 4);
        Assert.Equal(255, pixel[3]);
        return (pixel[2], pixel[1], pixel[0]);
    }

    /// <summary>Asserts that a picture is the four quarters, to the given number of levels.</summary>
    public static void AssertQuarters(MLImage image, int width, int height, int tolerance = 0)
    {
        Assert.Equal((width, height), (image.Width, image.Height));
        foreach (var (x, y) in new[] { (0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1) })
        {
            var (expected, actual) = (Quarters(x, y, width, height), image.At(x, y));
            Assert.True(
                Math.Abs(expected.Red - actual.Red) <= tolerance && Math.Abs(expected.Green - actual.Green) <= tolerance
                && Math.Abs(expected.Blue - actual.Blue) <= tolerance, $"({x}, {y}) is {actual}; expected {expected}.");
        }
    }

    /// <summary>EXIF data with an orientation, as the APP1 segment has it without its prefix.</summary>
    public static byte[] Exif(int orientation, bool littleEndian = true, int type = 3)
    {
        var exif = new byte[26];
        (littleEndian ? "II*\0\b\0\0\0"u8 : "MM\0*\0\0\0\b"u8).CopyTo(exif);
        Write16(8, 1);
        Write16(10, 0x0112);
        Write16(12, type);
        Write32(14, 1);
        switch (type)
        {
            case 3:
                Write16(18, orientation);
                break;
            case 4:
                Write32(18, orientation);
                break;
            default:
                exif[18] = (byte)orientation;
                break;
        }

        return exif;

        void Write16(int at, int value)
        {
            if (littleEndian)
                BinaryPrimitives.WriteUInt16LittleEndian(exif.AsSpan(at), (ushort)value);
            else
                BinaryPrimitives.WriteUInt16BigEndian(exif.AsSpan(at), (ushort)value);
        }

        void Write32(int at, int value)
        {
            if (littleEndian)
                BinaryPrimitives.WriteInt32LittleEndian(exif.AsSpan(at), value);
            else
                BinaryPrimitives.WriteInt32BigEndian(exif.AsSpan(at), value);
        }
    }

    /// <summary>Puts segments behind a JPEG's start marker.</summary>
    public static byte[] WithSegments(byte[] jpeg, params (int Marker, byte[] Data)[] segments) =>
    [
        .. jpeg[..2],
        .. segments.SelectMany(s => (byte[])[0xFF, (byte)s.Marker, (byte)((s.Data.Length + 2) >> 8), (byte)(s.Data.Length + 2), .. s.Data]),
        .. jpeg[2..],
    ];

    /// <summary>Where a JPEG's picture data begin: behind its first scan header.</summary>
    public static int ScanStart(byte[] jpeg)
    {
        var at = 2;
        while (jpeg[at + 1] != 0xDA) at += 2 + (jpeg[at + 2] << 8 | jpeg[at + 3]);
        return at + 2 + (jpeg[at + 2] << 8 | jpeg[at + 3]);
    }
}
