using System.Text.Json;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>A data set that a model learns in seconds: plain pictures, and what colour they are.</summary>
internal static class ColourQuestions
{
    public static readonly IReadOnlyDictionary<string, byte[]> Colours = new Dictionary<string, byte[]>
    {
        ["red"] = [220, 20, 20],
        ["green"] = [20, 200, 20],
        ["blue"] = [20, 20, 220],
    };

    /// <summary>Writes a folder in easy-VQA's layout with the given number of pictures.</summary>
    public static void WriteEasyVqa(string folder, int pictures)
    {
        var images = Directory.CreateDirectory(Path.Combine(folder, "images")).FullName;
        var rows = new List<object[]>();
        for (var i = 0; i < pictures; i++)
        {
            var (name, rgb) = Colours.ElementAt(i % Colours.Count);
            WriteImage(Path.Combine(images, $"{i}.png"), rgb, seed: i);
            rows.Add(["what color is the picture?", name, i]);
            rows.Add(["is the picture red?", name == "red" ? "yes" : "no", i]);
        }

        File.WriteAllText(Path.Combine(folder, "questions.json"), JsonSerializer.Serialize(rows));
    }

    /// <summary>A picture of one colour with some noise, so that no two are the same.</summary>
    public static void WriteImage(string path, byte[] rgb, int seed)
    {
        const int Side = 16;
        var random = new Random(seed);
        var pixels = new byte[Side * Side * 4];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = i % 4 == 3 ? (byte)255 : (byte)Math.Clamp(rgb[i % 4] + random.Next(-20, 20), 0, 255);
        using var image = MLImage.CreateFromPixels(Side, Side, MLPixelFormat.Rgba32, pixels);
        image.Save(path);
    }
}
