using System.Security.Cryptography;
using System.Text.Json;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>Resizing and the operations of augmentation give Pillow's bytes: pillow.json has what Pillow 9.4 made of the same pictures.</summary>
public sealed class PillowTests
{
    private const float Factor = (0.7f * 1.8f) + 0.1f;

    private static readonly Dictionary<string, Func<PixelBuffer, PixelBuffer>> Operations = new()
    {
        ["autocontrast"] = InPlace(ImageColours.AutoContrast),
        ["equalize"] = InPlace(ImageColours.Equalize),
        ["brightness"] = InPlace(image => ImageColours.Brightness(image, Factor)),
        ["darkness"] = InPlace(image => ImageColours.Brightness(image, 0.25f)),
        ["sharpness"] = InPlace(image => ImageColours.Sharpness(image, Factor)),
        ["smoothness"] = InPlace(image => ImageColours.Sharpness(image, 0.25f)),
        ["shearX"] = ImageWarp.ShearX(0.21).Apply,
        ["shearXBack"] = ImageWarp.ShearX(-0.21).Apply,
        ["shearY"] = ImageWarp.ShearY(0.21).Apply,
        ["translateX"] = ImageWarp.TranslateX(3).Apply,
        ["translateXPart"] = ImageWarp.TranslateX(-2.4).Apply,
        ["translateY"] = ImageWarp.TranslateY(-2).Apply,
        ["rotate"] = image => ImageWarp.Rotate(21, image.Width, image.Height).Apply(image),
        ["rotateBack"] = image => ImageWarp.Rotate(-21, image.Width, image.Height).Apply(image),
    };

    [Fact]
    public void Every_operation_gives_the_same_bytes()
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "tests", "Images", "pillow.json")));
        var names = new HashSet<string>();
        foreach (var row in cases.RootElement.EnumerateArray())
        {
            var operation = row.GetProperty("op").GetString()!;
            names.Add(operation);
            using var found = Make(operation, row);
            var bytes = Rgb(found);
            if (row.TryGetProperty("pixels", out var pixels))
                Assert.True(pixels.EnumerateArray().Select(level => level.GetByte()).SequenceEqual(bytes), $"{row}: found {string.Join(", ", bytes)}");
            else
                Assert.Equal(row.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }

        Assert.Equal(Operations.Keys.Append("resize").Append("crop").Order(), names.Order());
    }

    [Fact]
    public void Means_are_rounded_once_a_pass()
    {
        // Two pixels to one: both weigh alike, and half a level goes up.
        using var two = Gray(2, 1, 0, 255);
        using var one = BicubicResizer.Resize(two, ImagePart.All(two), 1, 1);
        Assert.Equal([128, 128, 128], Rgb(one));

        // Columns first: (0, 1) and (0, 0) are 1 and 0, and then 1.
        using var four = Gray(2, 2, 0, 1, 0, 0);
        using var both = BicubicResizer.Resize(four, ImagePart.All(four), 1, 1);
        Assert.Equal([1, 1, 1], Rgb(both));
    }

    [Fact]
    public void Overshoot_is_cut()
    {
        using var edge = Gray(8, 1, 0, 0, 0, 0, 255, 255, 255, 255);
        using var wide = BicubicResizer.Resize(edge, ImagePart.All(edge), 16, 1);
        var levels = Rgb(wide).Where((_, i) => i % 3 == 0).ToArray();
        Assert.Equal(levels.Select(level => (byte)(255 - level)).Reverse(), levels);
        Assert.Equal([0, 0], levels[4..6]);

        // A quarter before the edge: the filter at distances 1.75, 0.75, 0.25 and 1.25 is -0.0234, 0.2266, 0.8672 and -0.0703.
        Assert.Equal(Math.Round(255 * (0.2265625 - 0.0234375)), levels[7]);
    }

    [Fact]
    public void Levels_are_stretched_by_hand()
    {
        using var image = Gray(3, 1, 50, 100, 150);
        ImageColours.AutoContrast(image);
        Assert.Equal([0, 127, 255], Rgb(image).Where((_, i) => i % 3 == 0));
        using var flat = Gray(2, 1, 7, 7);
        ImageColours.AutoContrast(flat);
        ImageColours.Equalize(flat);
        Assert.Equal([7, 7], Rgb(flat).Where((_, i) => i % 3 == 0));

        // 510 of one level and one of another: a step is two pixels.
        using var rare = Gray(511, 1, [.. Enumerable.Repeat((byte)4, 510), 9]);
        ImageColours.Equalize(rare);
        Assert.Equal([0, 255], Rgb(rare).Where((_, i) => i % 3 == 0).Distinct());
        using var bright = Gray(3, 1, 10, 100, 200);
        ImageColours.Brightness(bright, 1.5f);
        Assert.Equal([15, 150, 255], Rgb(bright).Where((_, i) => i % 3 == 0));

        // (8 × 10 + 5 × 75) / 13 = 35: 75 is 40 above it, and half of that more.
        using var point = Gray(3, 3, 10, 10, 10, 10, 75, 10, 10, 10, 10);
        ImageColours.Sharpness(point, 1.5f);
        Assert.Equal([10, 10, 10, 10, 95, 10, 10, 10, 10], Rgb(point).Where((_, i) => i % 3 == 0));
    }

    [Fact]
    public void What_moves_in_is_gray()
    {
        using var image = Gray(3, 2, 1, 2, 3, 4, 5, 6);
        using var left = ImageWarp.TranslateX(1).Apply(image);
        Assert.Equal([2, 3, 128, 5, 6, 128], Rgb(left).Where((_, i) => i % 3 == 0));
        using var down = ImageWarp.TranslateY(-1).Apply(image);
        Assert.Equal([128, 128, 128, 1, 2, 3], Rgb(down).Where((_, i) => i % 3 == 0));
        using var far = ImageWarp.TranslateX(double.NaN).Apply(image);
        Assert.All(Rgb(far), level => Assert.Equal(128, level));
    }

    private static PixelBuffer Make(string operation, JsonElement row)
    {
        int width = row.GetProperty("width").GetInt32(), height = row.GetProperty("height").GetInt32();
        using var image = Noise(width, height, isDim: operation is not ("resize" or "crop"));
        if (Operations.TryGetValue(operation, out var make)) return make(image);
        var part = ImagePart.All(image);
        if (row.TryGetProperty("box", out var box))
        {
            int[] sides = [.. box.EnumerateArray().Select(side => side.GetInt32())];
            part = new(sides[0], sides[1], sides[2], sides[3]);
        }

        return BicubicResizer.Resize(image, part, row.GetProperty("toWidth").GetInt32(), row.GetProperty("toHeight").GetInt32());
    }

    private static PixelBuffer Noise(int width, int height, bool isDim)
    {
        var image = new PixelBuffer(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var colour = Pictures.Noise(x, y);
                byte[] levels = [colour.Blue, colour.Green, colour.Red, 255];
                for (var i = 0; i < 4; i++) image.Row(y)[(x * 4) + i] = isDim && i < 3 ? (byte)(40 + (levels[i] / 2)) : levels[i];
            }
        }

        return image;
    }

    private static PixelBuffer Gray(int width, int height, params byte[] levels)
    {
        var image = new PixelBuffer(width, height);
        for (var i = 0; i < levels.Length; i++)
            new[] { levels[i], levels[i], levels[i], byte.MaxValue }.CopyTo(image.Row(i / width)[(i % width * 4)..]);
        return image;
    }

    private static byte[] Rgb(PixelBuffer image) =>
    [
        .. Enumerable.Range(0, image.Width * image.Height).SelectMany(i =>
        {
            var pixel = image.Row(i / image.Width).Slice(i % image.Width * 4, 4);
            Assert.Equal(255, pixel[3]);
            return new[] { pixel[2], pixel[1], pixel[0] };
        }),
    ];

    private static Func<PixelBuffer, PixelBuffer> InPlace(Action<PixelBuffer> change) => image =>
    {
        var copy = new PixelBuffer(image.Width, image.Height);
        for (var y = 0; y < image.Height; y++) image.Row(y).CopyTo(copy.Row(y));
        change(copy);
        return copy;
    };
}
