using System.Text.Json;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>
/// FIBER's published detector at its full size, with random weights: 252,055,304 parameters, an image of 1333 × 800 pixels. Needs some 3 GB of
/// disk.
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
        using var folder = new FullSizeFolder();
        var parameters = FiberDetectorNetwork.Parameters(FiberDetectorConfig.Base);
        Assert.Equal(252_055_304, parameters.Sum(parameter => parameter.Count));
        var checkpoint = folder.Weights("detector.safetensors", parameters.Select(parameter => (parameter.Name, parameter.Shape, 0f)));
        var (zip, picture) = (folder.File("detector.zip"), folder.Noise("photograph.png", 1333, 800));

        var converting = await MeasuredRun.Run(
            output, "convert", "text-detector", "--checkpoint", checkpoint, "--vocabulary",
            folder.Words("detector.txt", FiberDetectorConfig.Base.VocabularySize), "--classes", "w7", "--output", zip);
        Assert.InRange(converting.Peak, 0, 5 * Gibibyte);
        var finding = await MeasuredRun.Run(
            output, "ground", "--model", zip, "--image", picture, "--caption", "w7 w8 w9", "--phrases", "w7 w8", "w9", "--least", "0");
        using var found = JsonDocument.Parse(finding.Output);
        Assert.NotEmpty(found.RootElement.GetProperty("found").EnumerateArray());
        Assert.InRange(finding.Peak, 0, 12 * Gibibyte);
    }
}
