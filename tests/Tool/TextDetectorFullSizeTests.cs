using System.Text.Json;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>
/// FIBER's published detector at its full size, with random weights: 252,055,304 parameters, an image of 1333 × 800 pixels. Needs some 3 GB of
/// disk: works in the folder that VL_FULL_SIZE names, where the checkpoint stays, else in a temporary one.
/// </summary>
[Trait(LongTier.Tier, LongTier.Long)]
[Trait(LongTier.Part, "full-size")]
public class TextDetectorFullSizeTests(ITestOutputHelper output)
{
    private const long Gibibyte = 1L << 30;

    [SkippableFact]
    public async Task The_base_detector_converts_and_finds_within_its_memory()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "peak memory is read from /proc");
        using var temporary = new TemporaryFolder();
        var folder = Environment.GetEnvironmentVariable("VL_FULL_SIZE") is { Length: > 0 } given ? given : temporary.Path;
        string In(string name) => Path.Combine(folder, name);
        Directory.CreateDirectory(folder);
        WriteCheckpoint(In("detector.safetensors"));
        var words = Enumerable.Range(5, FiberDetectorConfig.Base.VocabularySize - 5).Select(i => $"w{i}");
        File.WriteAllLines(In("detector.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. words]);
        var random = new Random(3);
        var pixels = new byte[1333 * 800 * 4];
        random.NextBytes(pixels);
        for (var i = 3; i < pixels.Length; i += 4) pixels[i] = 255;
        using (var image = MLImage.CreateFromPixels(1333, 800, MLPixelFormat.Rgba32, pixels)) image.Save(In("noise.png"));

        var converting = await MeasuredRun.Run(
            output, "convert", "text-detector", "--checkpoint", In("detector.safetensors"), "--vocabulary", In("detector.txt"), "--classes", "w7", "--output",
            In("detector.zip"));
        Assert.InRange(converting.Peak, 0, 5 * Gibibyte);
        var finding = await MeasuredRun.Run(
            output, "ground", "--model", In("detector.zip"), "--image", In("noise.png"), "--caption", "w7 w8 w9", "--phrases", "w7 w8", "w9", "--least", "0");
        using var found = JsonDocument.Parse(finding.Output);
        Assert.NotEmpty(found.RootElement.GetProperty("found").EnumerateArray());
        Assert.InRange(finding.Peak, 0, 12 * Gibibyte);
    }

    private static void WriteCheckpoint(string path)
    {
        if (File.Exists(path)) return;
        var parameters = FiberDetectorNetwork.Parameters(FiberDetectorConfig.Base);
        Assert.Equal(252_055_304, parameters.Sum(parameter => parameter.Count));
        SafeTensors.Write(path, parameters.Select(parameter => new NamedTensor(parameter.Name, TensorElementType.Float32, parameter.Shape, stream =>
        {
            var random = new Random(parameter.Name.Length);
            var values = new float[parameter.Count];
            for (var i = 0; i < values.Length; i++) values[i] = (random.NextSingle() - 0.5f) * 0.04f;
            stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        })));
    }
}
