using System.CommandLine;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary>The options that say what an ONNX detector reads and what its outputs mean.</summary>
internal sealed class OnnxDetectorOption
{
    private readonly Option<string> _detector = Options.Required(
        "--detector", $"What it reads and gives: {string.Join(", ", OnnxDetector.Known.Keys)}, or a description as JSON (docs/regions.md).", "NAME|JSON");
    private readonly Option<float?> _threshold = Options.Optional<float?>("--threshold", "Above which score a box is a region; without, the detector's.", "P");
    private readonly Option<int> _least = Options.Default("--min-regions", "The fewest regions of an image.", 1, "N");
    private readonly Option<int> _most = Options.Default("--max-regions", "The most regions of an image.", 100, "N");
    private readonly Option<string?> _features = Options.Optional<string?>(
        "--region-features", "What a region's feature is: maps, resnet18 or scores; without, the detector's maps, or ResNet-18 where it names none.", "NAME");

    public OnnxDetectorOption() => _features.AcceptOnlyFromAmong([.. Enum.GetNames<DetectedFeatures>().Select(name => name.ToLowerInvariant())]);

    public IEnumerable<Option> All => [_detector, _threshold, _least, _most, _features];

    public OnnxDetector Detector(ParseResult parsed) => parsed.GetRequiredValue(_detector) is var name && OnnxDetector.Known.TryGetValue(name, out var known)
        ? known
        : OnnxDetector.Load(CheckpointFiles.Existing(_detector.Name, name));

    public OnnxDetectorOptions Read(ParseResult parsed) => new()
    {
        Threshold = parsed.GetValue(_threshold),
        MinRegions = parsed.GetValue(_least),
        MaxRegions = parsed.GetValue(_most),
        Features = parsed.GetValue(_features) is { } name ? Enum.Parse<DetectedFeatures>(name, ignoreCase: true) : null,
    };
}
