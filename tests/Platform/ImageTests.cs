using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
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
    public void Pixels_are_blue_green_red_alpha()
    {
        using var image = MLImage.CreateFromFile(Write("opaque.png", new SKColor(200, 100, 40)));

        Assert.Equal(MLPixelFormat.Bgra32, image.PixelFormat);
        Assert.Equal([40, 100, 200, 255], image.Pixels[..4].ToArray());
    }

    [Fact]
    public void Pixels_are_multiplied_by_their_opacity()
    {
        using var half = MLImage.CreateFromFile(Write("half.png", new SKColor(200, 100, 40, 128)));
        using var clear = MLImage.CreateFromFile(Write("clear.png", new SKColor(200, 100, 40, 0)));

        Assert.Equal([20, 50, 100, 128], half.Pixels[..4].ToArray());
        Assert.Equal([0, 0, 0, 0], clear.Pixels[..4].ToArray());
    }

    [Fact]
    public void A_file_cut_in_half_is_read_without_a_word()
    {
        var path = Write("whole.png", new SKColor(200, 100, 40), side: 200, noise: true);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        using var image = MLImage.CreateFromFile(path);

        Assert.Equal((200, 200), (image.Width, image.Height));
        Assert.All(image.Pixels[^800..].ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void The_orientation_that_a_camera_notes_is_not_applied()
    {
        using var upright = MLImage.CreateFromFile(WriteJpeg("upright.jpg", orientation: 1));
        using var turned = MLImage.CreateFromFile(WriteJpeg("turned.jpg", orientation: 6));

        Assert.Equal((4, 2), (turned.Width, turned.Height));
        Assert.Equal(upright.Pixels.ToArray(), turned.Pixels.ToArray());
    }

    [Fact]
    public void Sixteen_bits_a_channel_lose_the_lower_eight()
    {
        // One pixel of 16-bit red 0x12FF, green 0x34FF, blue 0x56FF.
        using var image = MLImage.CreateFromStream(new MemoryStream(Convert.FromBase64String(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABEAIAAADA54+dAAAAD0lEQVR4nGMQ+m/yP+w/AArmA5rgSuxgAAAAAElFTkSuQmCC")));

        Assert.Equal([0x56, 0x34, 0x12, 255], image.Pixels[..4].ToArray());
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Other_formats_are_decoded_as_well(SKEncodedImageFormat format)
    {
        using var image = MLImage.CreateFromFile(Write("picture", new SKColor(128, 128, 128), side: 16, format: format));

        Assert.Equal((16, 16), (image.Width, image.Height));
        Assert.All(image.Pixels[..3].ToArray(), value => Assert.InRange(value, 126, 130));
    }

    [Fact]
    public void A_member_for_images_of_any_size_needs_its_type_registered()
    {
        DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage));
        DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage));
        using var image = MLImage.CreateFromPixels(1, 2, MLPixelFormat.Bgra32, new byte[8]);
        var view = _ml.Data.LoadFromEnumerable([new ImageRow { Image = image }]);

        var type = Assert.IsType<ImageDataViewType>(view.Schema["Image"].Type);
        Assert.Equal((0, 0), (type.Width, type.Height));
        Assert.Same(image, view.GetColumn<MLImage>("Image").Single());
    }

    [Fact]
    public void What_is_no_image_fails_when_its_row_is_read()
    {
        File.WriteAllText(_folder.File("page.jpg"), "<html></html>");
        var view = _ml.Data.LoadFromEnumerable([new FileRow { Path = "page.jpg" }]);
        var loaded = _ml.Transforms.LoadImages("Image", _folder.Path, nameof(FileRow.Path)).Fit(view).Transform(view);

        Assert.ThrowsAny<Exception>(() => loaded.GetColumn<MLImage>("Image").ToList());
    }

    /// <summary>A JPEG of 4 x 2 pixels with that orientation in an EXIF segment after its first marker.</summary>
    private string WriteJpeg(string name, byte orientation)
    {
        using var bitmap = new SKBitmap(4, 2);
        bitmap.Erase(new SKColor(200, 100, 40));
        bitmap.SetPixel(0, 0, SKColors.White);
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        var jpeg = data.ToArray();
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, .. "Exif\0\0II*\0"u8, 8, 0, 0, 0,
            1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0,
        ];
        return _folder.Write(name, [.. jpeg[..2], .. exif, .. jpeg[2..]]);
    }

    private string Write(
        string name, SKColor colour, int side = 2, bool noise = false, SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        var random = new Random(1);
        for (var i = 0; i < side * side; i++)
            bitmap.SetPixel(i % side, i / side, noise ? new SKColor((uint)random.Next() | 0xff000000) : colour);
        using var data = bitmap.Encode(format, 100);
        File.WriteAllBytes(_folder.File(name), data.ToArray());
        return _folder.File(name);
    }

    private sealed class ImageRow
    {
        public MLImage? Image { get; set; }
    }

    private sealed class FileRow
    {
        public string Path { get; set; } = "";
    }
}
