using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>What ML.NET's own image type does with a file; loading images with care stands on these facts.</summary>
public sealed class ImageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void PixelsAreBlueGreenRedAlpha()
    {
        using var image = MLImage.CreateFromFile(Write("opaque.png", new SKColor(200, 100, 40)));

        Assert.Equal(MLPixelFormat.Bgra32, image.PixelFormat);
        Assert.Equal([40, 100, 200, 255], image.Pixels[..4].ToArray());
    }

    [Fact]
    public void PixelsAreMultipliedByTheirOpacity()
    {
        using var half = MLImage.CreateFromFile(Write("half.png", new SKColor(200, 100, 40, 128)));
        using var clear = MLImage.CreateFromFile(Write("clear.png", new SKColor(200, 100, 40, 0)));

        Assert.Equal([20, 50, 100, 128], half.Pixels[..4].ToArray());
        Assert.Equal([0, 0, 0, 0], clear.Pixels[..4].ToArray());
    }

    [Fact]
    public void AFileCutInHalfIsReadWithoutAWord()
    {
        var path = Write("whole.png", new SKColor(200, 100, 40), side: 200, noise: true);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        using var image = MLImage.CreateFromFile(path);

        Assert.Equal((200, 200), (image.Width, image.Height));
        Assert.All(image.Pixels[^800..].ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void WhatIsNoImageFailsWhenItsRowIsRead()
    {
        File.WriteAllText(_folder.File("page.jpg"), "<html></html>");
        var view = _ml.Data.LoadFromEnumerable([new FileRow { Path = "page.jpg" }]);
        var loaded = _ml.Transforms.LoadImages("Image", _folder.Path, nameof(FileRow.Path)).Fit(view).Transform(view);

        Assert.ThrowsAny<Exception>(() => loaded.GetColumn<MLImage>("Image").ToList());
    }

    private string Write(string name, SKColor colour, int side = 2, bool noise = false)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        var random = new Random(1);
        for (var i = 0; i < side * side; i++)
            bitmap.SetPixel(i % side, i / side, noise ? new SKColor((uint)random.Next() | 0xff000000) : colour);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(_folder.File(name), data.ToArray());
        return _folder.File(name);
    }

    private sealed class FileRow
    {
        public string Path { get; set; } = "";
    }
}
