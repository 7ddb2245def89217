using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>JPEG files of every kind that is read, with all that cameras and programs put into them.</summary>
public sealed class JpegKindTests
{
    private const int Width = 61;
    private const int Height = 43;

    private static readonly byte[] Plain = Pictures.Encode(Width, Height, Pictures.Noise, SKEncodedImageFormat.Jpeg, 90);

    [Fact]
    public void A_plain_one_has_the_samples_that_ml_net_reads()
    {
        using var image = Pictures.Load(Plain);
        using var stream = new MemoryStream(Plain);
        using var expected = Microsoft.ML.Data.MLImage.CreateFromStream(stream);
        Assert.Equal(expected.PixelFormat, image.PixelFormat);
        Assert.True(expected.Pixels.SequenceEqual(image.Pixels));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void A_progressive_one_is_the_same_picture(int restartInterval)
    {
        var blocks = JpegBuilder.Coefficients(Width, Height, seed: 5);

        // Blocks without anything, so that runs of them are written.
        foreach (var block in blocks[10..20]) Array.Clear(block, 1, 63);
        using var expected = Pictures.Load(new JpegBuilder(Width, Height) { RestartInterval = restartInterval }.Sequential(blocks));
        using var image = Pictures.Load(new JpegBuilder(Width, Height) { RestartInterval = restartInterval }.Progressive(blocks));
        Assert.True(expected.Pixels.SequenceEqual(image.Pixels));
        Assert.NotEqual(expected.At(0, 0), expected.At(40, 30));
    }

    [Fact]
    public void What_follows_the_end_marker_does_not_matter()
    {
        AssertSame([.. Plain, .. new byte[5000]]);
        AssertSame([.. Plain, .. Plain]);
        AssertSame([.. Plain, .. Plain[..200]]);
        AssertSame([.. Plain, .. "SEFT"u8]);
    }

    [Fact]
    public void A_preview_inside_is_not_the_picture()
    {
        var preview = Pictures.Encode(8, 8, (_, _) => Pictures.Red, SKEncodedImageFormat.Jpeg);
        byte[] exif = [.. "Exif\0\0"u8, .. Pictures.Exif(1), .. preview];
        AssertSame(Pictures.WithSegments(Plain, (0xE1, exif), (0xE2, [.. "MPF\0"u8, .. preview])));
    }

    [Fact]
    public void Fill_bytes_and_rubbish_between_segments_are_passed_over()
    {
        AssertSame([.. Plain[..2], 0xFF, 0xFF, .. Plain[2..]]);
        AssertSame([.. Plain[..2], 0xFF, 0x00, 0x12, 0x34, .. Plain[2..]]);
        AssertSame([.. Plain[..^2], 0xFF, 0xFF, 0xFF, .. Plain[^2..]]);
        AssertSame([.. Plain[..^2], 0, 0, 0, 0, 0, .. Plain[^2..]]);
        AssertSame([.. Plain[..^2], 0xFF, 0xD0, .. Plain[^2..]]);
    }

    [Fact]
    public void Missing_last_bits_are_forgiven()
    {
        var large = Pictures.Encode(200, 200, Pictures.Noise, SKEncodedImageFormat.Jpeg, 90);
        using var image = Pictures.Load([.. large[..^3], .. large[^2..]]);
        Assert.Equal((200, 200), (image.Width, image.Height));
    }

    [Fact]
    public void A_colour_profile_changes_no_sample()
    {
        // Far from a real profile: it would be refused or change everything if anybody looked.
        AssertSame(Pictures.WithSegments(Plain, (0xE2, [.. "ICC_PROFILE\0\x1\x1"u8, .. new byte[200]])));
    }

    private static void AssertSame(byte[] file)
    {
        using var expected = Pictures.Load(Plain);
        using var image = Pictures.Load(file);
        Assert.True(expected.Pixels.SequenceEqual(image.Pixels));
    }
}
