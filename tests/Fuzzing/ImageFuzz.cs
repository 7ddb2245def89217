using System.Buffers.Binary;
using System.IO.Hashing;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Tests.Images;
using MLNet.VisionLanguage.Tests.Support;
using SkiaSharp;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Fuzzing;

/// <summary>
/// Spoiled image files: each is read or refused with a reason, within a second, and never with more memory than a picture may take. A
/// crash of native code would end the test run.
/// </summary>
public sealed class ImageFuzz(ITestOutputHelper output)
{
    private const int Side = 20;

    /// <summary>As the loader's own, with a memory limit that the run can be held to.</summary>
    private static readonly ImageLimits Limits = new(1 << 28, 96 << 20, 300);

    private static readonly byte[][] Seeds =
    [
        Pictures.WithSegments(
            Pictures.Encode(Side, Side, Pictures.Noise, SKEncodedImageFormat.Jpeg, 50), (0xE1, [.. "Exif\0\0"u8, .. Pictures.Exif(6)])),
        new JpegBuilder(Side, Side) { RestartInterval = 2 }.Sequential(JpegBuilder.Coefficients(Side, Side, 1)),
        new JpegBuilder(Side, Side).Progressive(JpegBuilder.Coefficients(Side, Side, 2)),
        Pictures.Encode(Side, Side, Pictures.Noise, SKEncodedImageFormat.Png),
        new PngBuilder(Side, Side, 4, 3) { Interlaced = true, Before = { ("PLTE", new byte[48]), ("tRNS", [0, 128]) } }
            .Build((x, y) => [x * y % 16]),
        new PngBuilder(Side, Side, 16, 6) { Filter = null, Before = { ("eXIf", Pictures.Exif(8)) } }
            .Build((x, y) => [x, y * 3000, x * y, 40_000]),
        new PngBuilder(Side, Side, 16, 0) { Before = { ("zTXt", [.. "t\0\0"u8, .. PngBuilder.Compress("text"u8)]) } }
            .Build((x, y) => [x * y % 256]),
        new GifBuilder(Side, Side).Comment("Hello").Frame(2, 2, 12, 9, (x, y) => x * y % 4, transparent: 1)
            .Frame(0, 0, 4, 4, (_, _) => 1).Build(),
        Pictures.EncodeLossless(Side, Side, Pictures.Noise),
        Pictures.Encode(Side, Side, Pictures.Noise, SKEncodedImageFormat.Webp, 50),
        Pictures.Encode(Side, Side, (x, y) => Pictures.Noise(x, y).WithAlpha((byte)(x * 12)), SKEncodedImageFormat.Webp, 50),
        WebPBuilder.Animation(Side, Side, (2, 2, 8, 8, WebPBuilder.Picture(Pictures.EncodeLossless(8, 8, Pictures.Noise)))),
        BmpBuilder.Build(Side, Side, Pictures.Noise),
        BmpBuilder.Build(Side, Side, Pictures.Noise, bits: 32, alpha: 77),
        BmpBuilder.RunLength(Side, Side, (x, y) => x / 5 % 4),
        BmpBuilder.Palette(Side, Side, (x, y) => x * y % 4, 4),
        BmpBuilder.Old(Side, Side, Pictures.Noise),
    ];

    [Fact]
    public void Spoiled_images_do_no_harm() => Images(measure: false).Run(3_000, seed: 1);

    /// <summary>./test.sh --long fuzzing: beside the million of the other readers.</summary>
    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "fuzzing")]
    public void Many_spoiled_images_do_no_harm() => Images(measure: true).Run(FuzzRun.LongCount / 10, FuzzRun.LongSeed);

    private FuzzRun Images(bool measure) => new(output, "image", Seeds, Read)
    {
        Spoil = Spoil,
        MeasuresProcess = measure,
        Least = 50,
        LeastRefused = 10,
    };

    private static byte[] Spoil(byte[] whole, Random random)
    {
        var input = Mutations.Mutate(whole, random);
        if (random.Next(2) == 0) Repair(input);
        return input;
    }

    private static bool Read(byte[] file)
    {
        try
        {
            ImageFile.Load(new MemoryStream(file), Limits).Image.Dispose();
            return true;
        }
        catch (BadImageException e)
        {
            Assert.NotEmpty(e.Message);
            return false;
        }
    }

    /// <summary>Makes checksums and lengths right again, so that what lies behind them is reached.</summary>
    private static void Repair(byte[] file)
    {
        if (file.AsSpan().StartsWith("RIFF"u8) && file.Length > 8) BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        if (file.Length < 8 || file[1] != 'P') return;
        for (var at = 8; at + 12 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - 12) return;
            var end = at + 8 + (int)length;
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(end), Crc32.HashToUInt32(file.AsSpan(at + 4, end - at - 4)));
            at = end + 4;
        }
    }
}
