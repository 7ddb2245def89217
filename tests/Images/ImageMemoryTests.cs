using System.Globalization;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using SkiaSharp;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>The peak memory of large pictures, from the file to region features, in a process of its own.</summary>
public sealed class ImageMemoryTests(ITestOutputHelper output) : IDisposable
{
    private const int Width = 4000;
    private const int Height = 3000;
    private const double BytesPerPixel = 5.5;
    private const long WholeProcess = 600 << 10;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Large_photographs_take_few_bytes_a_pixel()
    {
        Skip.IfNot(ResidentMemory.CanMeasure, "needs /proc/self/clear_refs");
        var photographs = new (string Name, byte[] File)[]
        {
            ("12mp.jpg", Encode(SKEncodedImageFormat.Jpeg)), ("12mp.webp", Encode(SKEncodedImageFormat.Webp)),
            ("12mp.png", Png(interlaced: false)), ("12mp-interlaced.png", Png(interlaced: true)),
            ("12mp-progressive.jpg", new JpegBuilder(Width, Height).Progressive(Blocks(Width, Height))),
            ("12mp.bmp", BmpHeaderAndZeros()),
        };
        var peaks = Measure([("small.png", Pictures.Quarters(64, 64, SKEncodedImageFormat.Png)), .. photographs]);
        foreach (var ((name, _), (_, growth)) in photographs.Zip(peaks.Skip(1)))
            output.WriteLine($"{name}: {growth / 1024} MiB, {1024.0 * growth / (Width * Height):F2} bytes a pixel");
        Assert.All(peaks.Skip(1), peak => Assert.InRange(1024.0 * peak.Growth / (Width * Height), 0, BytesPerPixel));
    }

    [SkippableFact]
    public void A_photograph_of_108_megapixels_fits_into_600_megabytes()
    {
        Skip.IfNot(ResidentMemory.CanMeasure, "needs /proc/self/clear_refs");
        var blocks = Blocks(12_000, 9000);
        var peaks = Measure([
            ("small.png", Pictures.Quarters(64, 64, SKEncodedImageFormat.Png)),
            ("108mp.jpg", new JpegBuilder(12_000, 9000).Sequential(blocks)),
            ("108mp-progressive.jpg", new JpegBuilder(12_000, 9000).Progressive(blocks, scans: 1)),
        ]);
        output.WriteLine($"108 megapixels: {peaks[1].Peak / 1024} MiB in all, progressive {peaks[2].Peak / 1024} MiB");
        Assert.All(peaks, peak => Assert.InRange(peak.Peak, 1, WholeProcess));
    }

    private List<(long Peak, long Growth)> Measure((string Name, byte[] File)[] files)
    {
        using var process = TrainingProcess.Start([ImageProcess.Measured, .. files.Select(file => _folder.Write(file.Name, file.File))]);
        var errors = process.StandardError.ReadToEndAsync();
        var peaks = new List<(long, long)>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            var numbers = line.Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray();
            peaks.Add((numbers[0], numbers[1]));
        }

        Assert.True(errors.Result.Length == 0, errors.Result);
        Assert.Equal(files.Length, peaks.Count);
        return peaks;
    }

    private static byte[] Encode(SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Bgra8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.Blue);
            canvas.DrawRect(0, 0, Width / 2, Height, new SKPaint { Color = SKColors.Red });
        }

        using var data = bitmap.Encode(format, 50);
        return data.ToArray();
    }

    private static byte[] Png(bool interlaced)
    {
        var png = new PngBuilder(Width, Height, 8, 2) { Interlaced = interlaced };
        var rows = VisionLanguage.Images.PngHeader.Read(png.Header(), VisionLanguage.Images.ImageLimits.Default).Rows();
        return PngBuilder.Join(png.Chunks(PngBuilder.Compress(new byte[rows.Sum(pass => pass.Rows * (pass.Bytes + 1))])));
    }

    private static byte[] BmpHeaderAndZeros()
    {
        var start = BmpBuilder.Build(1, 1, (_, _) => SKColors.Red)[..54];
        BitConverter.TryWriteBytes(start.AsSpan(18), Width);
        BitConverter.TryWriteBytes(start.AsSpan(22), Height);
        return [.. start, .. new byte[Width * 3 * Height]];
    }

    /// <summary>The same block again and again.</summary>
    private static int[][] Blocks(int width, int height)
    {
        var block = new int[64];
        (block[0], block[1], block[2]) = (50, 20, -7);
        var blocks = new int[(width + 7) / 8 * ((height + 7) / 8)][];
        Array.Fill(blocks, block);
        return blocks;
    }
}
