using System.Text.Json;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>
/// Image files of other projects. What Pillow reads in the awkward ones stands in expected.json: samples before EXIF orientation, with
/// alpha before they are put on white.
/// </summary>
public sealed class RealFileTests(ITestOutputHelper output)
{
    private const int MeanTolerance = 2;

    /// <summary>Pillow shows it; its end chunk is missing, so it may lack anything.</summary>
    private const string WithoutEnd = "pillow/truncated_end_chunk.png";

    [SkippableFact]
    public void Awkward_files_have_the_pixels_that_Pillow_reads()
    {
        var folder = TestData.SharedData("images_awkward");
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
        var wrong = new List<string>();
        var (read, refused) = (0, 0);
        foreach (var file in expected.RootElement.GetProperty("files").EnumerateObject())
        {
            var path = Path.Combine(folder, file.Name);
            if (!File.Exists(path)) continue;
            var decodes = file.Value.GetProperty("decodes").GetBoolean() && file.Name != WithoutEnd;
            Timing.Within(1000, file.Name, () => ImageFile.FindProblem(path));
            try
            {
                using var image = ImageFile.Load(path);
                read++;
                if (!decodes)
                    wrong.Add($"{file.Name} is read.");
                else if (Difference(image, file.Value) is { } difference)
                    wrong.Add($"{file.Name}: {difference}");
            }
            catch (UnreadableImageException e)
            {
                refused++;
                output.WriteLine(e.Message);
                if (decodes) wrong.Add(e.Message);
            }

            if (ImageFile.FindProblem(path) is null != decodes)
                wrong.Add($"{file.Name}: {ImageFile.FindProblem(path) ?? "no problem is found"}");
        }

        output.WriteLine($"{read} read, {refused} refused");
        Assert.Empty(wrong);
        Assert.True(read > 0 && refused > 0);
    }

    [SkippableFact]
    public void Photographs_open()
    {
        var files = new[] { "images_real", "coco_mini", "bua_features/images" }.SelectMany(folder =>
                Directory.EnumerateFiles(TestData.SharedData(folder), "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file).ToUpperInvariant() is ".JPG" or ".JPEG" or ".PNG").ToList();
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            Assert.Null(ImageFile.FindProblem(file));
            using var image = ImageFile.Load(file);
            Assert.True(image.Width > 1 && image.Height > 1, file);
        }

        output.WriteLine($"{files.Count} photographs");
    }

    private static string? Difference(MLImage image, JsonElement expected)
    {
        var (width, height) = (expected.GetProperty("size")[0].GetInt32(), expected.GetProperty("size")[1].GetInt32());
        var orientation = expected.TryGetProperty("exif_orientation", out var value) ? value.GetInt32() : 1;
        if ((image.Width, image.Height) != (orientation < 5 ? (width, height) : (height, width)))
            return $"{image.Width} x {image.Height} instead of {width} x {height}, orientation {orientation}";
        var isPng = expected.GetProperty("format").GetString() == "PNG";
        var hasAlpha = expected.TryGetProperty("rgba_samples", out var samples);
        foreach (var sample in hasAlpha ? samples.EnumerateArray() : expected.GetProperty("rgb_samples").EnumerateArray())
        {
            var numbers = sample.EnumerateArray().Select(number => number.GetInt32()).ToArray();
            var alpha = hasAlpha ? numbers[5] : 255;
            var colours = numbers[2..5].Select(colour => (byte)Math.Round((colour * alpha + 255 * (255 - alpha)) / 255.0)).ToArray();
            var (x, y) = Turned(numbers[0], numbers[1], width - 1, height - 1, orientation);
            if (isPng && image.At(x, y) != (colours[0], colours[1], colours[2]))
                return $"({x}, {y}) is {image.At(x, y)} instead of {string.Join(' ', colours)}";
        }

        // Means are those of the colours without alpha.
        var means = expected.GetProperty("rgb_mean").EnumerateArray().Select(mean => mean.GetDouble()).ToArray();
        var actual = Means(image);
        return hasAlpha || actual.Zip(means, (a, e) => Math.Abs(a - e)).Max() <= MeanTolerance
            ? null
            : $"means {string.Join(' ', actual)} instead of {string.Join(' ', means)}";
    }

    private static double[] Means(MLImage image)
    {
        var sums = new double[3];
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var (red, green, blue) = image.At(x, y);
                (sums[0], sums[1], sums[2]) = (sums[0] + red, sums[1] + green, sums[2] + blue);
            }
        }

        return [.. sums.Select(sum => sum / (image.Width * image.Height))];
    }

    private static (int X, int Y) Turned(int x, int y, int right, int bottom, int orientation) => orientation switch
    {
        2 => (right - x, y),
        3 => (right - x, bottom - y),
        4 => (x, bottom - y),
        5 => (y, x),
        6 => (bottom - y, x),
        7 => (bottom - y, right - x),
        8 => (y, right - x),
        _ => (x, y),
    };
}
