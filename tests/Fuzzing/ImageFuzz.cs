using System.Buffers.Binary;
using System.Globalization;
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
    private const long MostMilliseconds = 1000;
    private const long MostMemory = 200 << 10;

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
    public void Spoiled_images_do_no_harm() => Run(3_000, seed: 1);

    /// <summary>VL_FUZZ=N reads N inputs, VL_FUZZ_SEED chooses which.</summary>
    [SkippableFact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "fuzz")]
    public void Many_spoiled_images_do_no_harm()
    {
        var count = Environment.GetEnvironmentVariable("VL_FUZZ");
        Skip.If(count is null, "VL_FUZZ=N sets how many inputs to read");
        var seed = Environment.GetEnvironmentVariable("VL_FUZZ_SEED") ?? "2";
        Read(Seeds[0]);
        var before = Training.ResidentMemory.CanMeasure ? Training.ResidentMemory.Reset() : 0;
        Run(int.Parse(count!, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture));

        // Other tests must not run meanwhile.
        var taken = Training.ResidentMemory.CanMeasure ? Training.ResidentMemory.TakePeak() - before : 0;
        output.WriteLine($"Memory grew by {taken} KiB.");
        Assert.InRange(taken, long.MinValue, MostMemory);
    }

    private void Run(int count, int seed)
    {
        foreach (var whole in Seeds) Assert.True(Read(whole));
        var (read, slowest) = (0, 0L);
        for (var i = 0; i < count; i++)
        {
            // Each input by its own number, so that one that fails can be made again alone.
            var random = new Random(unchecked(seed * 1_000_003 + i));
            var input = Mutations.Mutate(Seeds[random.Next(Seeds.Length)], random);
            if (random.Next(2) == 0) Repair(input);
            var isPicture = false;
            try
            {
                slowest = Math.Max(slowest, Timing.Within(MostMilliseconds, $"Input {i} of seed {seed}", () => isPicture = Read(input)));
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Input {i} of seed {seed}: {e}");
            }

            read += isPicture ? 1 : 0;
        }

        output.WriteLine($"{read} of {count} inputs were pictures; the slowest took {slowest} ms.");
        Assert.InRange(read, count / 50, count - count / 10);
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
