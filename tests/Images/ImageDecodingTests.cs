using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>
/// What files decode to. Tests of the stand-in for Microsoft.ML.ImageAnalytics; the real one multiplies colours by alpha and accepts files
/// that are cut off, so those that meet such files are skipped there.
/// </summary>
public sealed class ImageDecodingTests : IDisposable
{
    private const int JpegTolerance = 4;

    private readonly TemporaryFolder _folder = new();

    private static bool IsRealLibrary => typeof(MLImage).Assembly.GetReferencedAssemblies().Any(x => x.Name == "SkiaSharp");

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void AwkwardFilesDecodeAsPillowDecodesThem()
    {
        OnlyStandIn();
        var folder = TestData.SharedData("images_awkward");
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        var seen = 0;
        foreach (var file in expected.RootElement.GetProperty("files").EnumerateObject())
        {
            var path = Path.Combine(folder, file.Name);
            if (!file.Value.GetProperty("decodes").GetBoolean())
            {
                var error = Assert.Throws<ArgumentException>(() => MLImage.CreateFromFile(path));
                Assert.Contains(path, error.Message);
                continue;
            }
            using var image = MLImage.CreateFromFile(path);
            var size = file.Value.GetProperty("size");
            Assert.True((size[0].GetInt32(), size[1].GetInt32()) == (image.Width, image.Height), $"{file.Name}: {image.Width} x {image.Height}");
            Compare(file.Name, file.Value, ToRgba(image), image.Width);
            seen++;
        }
        Assert.True(seen > 20, $"only {seen} files were decoded");
    }

    public static TheoryData<int, int> Formats => new()
    {
        { 0, 1 }, { 0, 2 }, { 0, 4 }, { 0, 8 }, { 0, 16 }, { 2, 8 }, { 2, 16 }, { 3, 1 }, { 3, 2 }, { 3, 4 }, { 3, 8 }, { 4, 8 }, { 4, 16 },
        { 6, 8 }, { 6, 16 },
    };

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void EveryKindOfPngDecodes(int colorType, int bitDepth)
    {
        Skip.If(IsRealLibrary && colorType >= 4, "the real library multiplies colours by alpha");
        foreach (var (width, height) in new[] { (1, 1), (3, 2), (7, 13), (17, 9) })
        {
            foreach (var interlaced in new[] { false, true })
            {
                var sample = new PngSample(width, height, colorType, bitDepth, interlaced, seed: width);
                using var image = MLImage.CreateFromStream(new MemoryStream(sample.File()));
                Assert.Equal((width, height), (image.Width, image.Height));
                Assert.Equal(sample.Rgba(), ToRgba(image));
            }
        }
    }

    [Theory]
    [InlineData(MLPixelFormat.Bgra32)]
    [InlineData(MLPixelFormat.Rgba32)]
    public void SavedPngsAreReadBackExactly(MLPixelFormat format)
    {
        var pixels = new byte[31 * 17 * 4];
        new Random(5).NextBytes(pixels);
        for (var i = 3; i < pixels.Length; i += 4)
            pixels[i] = 255;
        using var image = MLImage.CreateFromPixels(31, 17, format, pixels);
        image.Save(_folder.File("image.png"));
        using var again = MLImage.CreateFromFile(_folder.File("image.png"));
        Assert.Equal(ToRgba(image), ToRgba(again));
        Assert.Equal(32, again.BitsPerPixel);
    }

    [SkippableFact]
    public void SavedTransparencyIsReadBack()
    {
        OnlyStandIn();
        var pixels = new byte[5 * 4 * 4];
        new Random(6).NextBytes(pixels);
        using var image = MLImage.CreateFromPixels(5, 4, MLPixelFormat.Rgba32, pixels);
        image.Save(_folder.File("image.PNG"));
        using var again = MLImage.CreateFromFile(_folder.File("image.PNG"));
        Assert.Equal(pixels, ToRgba(again));
    }

    [Fact]
    public void SavedJpegsAreReadBackNearly()
    {
        using var image = Gradient(64, 48);
        image.Save(_folder.File("image.jpg"));
        using var again = MLImage.CreateFromFile(_folder.File("image.jpg"));
        Assert.Equal((64, 48), (again.Width, again.Height));
        var difference = ToRgba(image).Zip(ToRgba(again), (a, b) => Math.Abs(a - b)).ToArray();
        Assert.InRange(difference.Average(), 0, 2);
        Assert.InRange(difference.Max(), 0, 16);
    }

    [SkippableTheory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    public void CutFilesAreRefusedWithTheirName(string extension)
    {
        OnlyStandIn();
        using var image = Gradient(64, 48);
        image.Save(_folder.File("whole" + extension));
        var bytes = File.ReadAllBytes(_folder.File("whole" + extension));
        foreach (var length in new[] { 0, 1, 7, 20, 40, bytes.Length / 2, bytes.Length * 9 / 10 })
        {
            var path = _folder.Write("cut" + extension, bytes.AsSpan(0, length));
            Assert.Contains(path, Assert.Throws<ArgumentException>(() => MLImage.CreateFromFile(path)).Message);
        }
    }

    [SkippableTheory]
    [InlineData(".png")]
    [InlineData(".jpg")]
    public void DamagedFilesAreReadOrRefused(string extension)
    {
        OnlyStandIn();
        using var image = Gradient(40, 30);
        image.Save(_folder.File("whole" + extension));
        var bytes = File.ReadAllBytes(_folder.File("whole" + extension));
        var random = new Random(11);
        var refused = 0;
        for (var round = 0; round < 300; round++)
        {
            var damaged = bytes.ToArray();
            for (var hit = 0; hit < 3; hit++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                MLImage.CreateFromStream(new MemoryStream(damaged)).Dispose();
            }
            catch (ArgumentException)
            {
                refused++;
            }
        }
        Assert.True(refused > 0);
    }

    [SkippableFact]
    public void AHeaderThatPromisesMoreThanTheFileHoldsIsRefusedBeforeAllocating()
    {
        OnlyStandIn();
        var bytes = new PngSample(4, 4, 2, 8, false, 1).File();
        bytes[18] = 0x20;
        bytes[22] = 0x20;
        var crc = PngSample.Crc(bytes.AsSpan(12, 17));
        for (var i = 0; i < 4; i++)
            bytes[29 + i] = (byte)(crc >> (24 - 8 * i));
        var error = Assert.Throws<ArgumentException>(() => MLImage.CreateFromStream(new MemoryStream(bytes)));
        Assert.Contains("cannot hold", error.Message);
    }

    [Fact]
    public void WrongArgumentsAreRefused()
    {
        Assert.Throws<ArgumentException>(() => MLImage.CreateFromPixels(2, 2, MLPixelFormat.Unknown, new byte[16]));
        Assert.Throws<ArgumentException>(() => MLImage.CreateFromPixels(2, 2, MLPixelFormat.Rgba32, new byte[15]));
        Assert.Throws<ArgumentException>(() => MLImage.CreateFromPixels(0, 2, MLPixelFormat.Rgba32, []));
        using var image = Gradient(2, 2);
        Assert.Throws<ArgumentException>(() => image.Save(_folder.File("image.txt")));
        var disposed = Gradient(2, 2);
        disposed.Dispose();
        Assert.Throws<InvalidOperationException>(() => disposed.Width);
    }

    internal static MLImage Gradient(int width, int height)
    {
        var pixels = new byte[width * height * 4];
        for (var i = 0; i < width * height; i++)
        {
            pixels[i * 4] = (byte)(255 * (i % width) / width);
            pixels[i * 4 + 1] = (byte)(255 * (i / width) / height);
            pixels[i * 4 + 2] = 100;
            pixels[i * 4 + 3] = 255;
        }
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    internal static byte[] ToRgba(MLImage image)
    {
        var pixels = image.Pixels.ToArray();
        if (image.PixelFormat == MLPixelFormat.Bgra32)
        {
            for (var i = 0; i < pixels.Length; i += 4)
                (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
        }
        return pixels;
    }

    private static void OnlyStandIn() => Skip.If(IsRealLibrary, "a test of the stand-in for Microsoft.ML.ImageAnalytics");

    private static void Compare(string name, JsonElement expected, byte[] rgba, int width)
    {
        var rgb = rgba.Where((_, i) => i % 4 != 3).ToArray();
        if (expected.GetProperty("format").GetString() == "PNG" && expected.TryGetProperty("rgb_sha256", out var sum))
        {
            Assert.True(sum.GetString() == Convert.ToHexStringLower(SHA256.HashData(rgb)), $"{name}: other RGB bytes");
            if (expected.TryGetProperty("rgba_sha256", out var alphaSum))
                Assert.True(alphaSum.GetString() == Convert.ToHexStringLower(SHA256.HashData(rgba)), $"{name}: other RGBA bytes");
        }
        foreach (var sample in expected.GetProperty("rgb_samples").EnumerateArray())
        {
            var at = (sample[1].GetInt32() * width + sample[0].GetInt32()) * 3;
            for (var c = 0; c < 3; c++)
            {
                var difference = Math.Abs(rgb[at + c] - sample[2 + c].GetInt32());
                Assert.True(difference <= JpegTolerance, $"{name}: channel {c} at {sample[0]},{sample[1]} is off by {difference}");
            }
        }
        for (var c = 0; c < 3; c++)
        {
            var mean = rgb.Where((_, i) => i % 3 == c).Average(x => x);
            Assert.True(Math.Abs(mean - expected.GetProperty("rgb_mean")[c].GetDouble()) <= 1, $"{name}: mean of channel {c} is {mean}");
        }
    }
}
