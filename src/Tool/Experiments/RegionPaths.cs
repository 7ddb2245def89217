using MLNet.VisionLanguage.Tool.Extracting;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Experiments;

/// <summary>Region sources of an experiment's file, whose paths start from its folder, as search spaces have them.</summary>
internal static class RegionPaths
{
    private const string Features = "features:", Checkpoint = "detector:", Onnx = "onnx:";

    /// <summary>
    /// The source of a detector: the checkpoint of a Faster R-CNN, NAME@MODEL for an ONNX detector and what describes it, or the name of one that
    /// eng/packages.sh fetches.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no such file; the message has file, line and key.</exception>
    public static string OfDetector(YamlSection section, string key, string detector)
    {
        if (RegionExtractor.Detectors.TryGetValue(detector, out var package)) return $"{Onnx}{detector}@{PackageFiles.Find(package)}";
        return Whole(section, key, (detector.Contains('@', StringComparison.Ordinal) ? Onnx : Checkpoint) + detector);
    }

    /// <summary>A region source with full paths.</summary>
    /// <inheritdoc cref="OfDetector"/>
    public static string Whole(YamlSection section, string key, string source)
    {
        if (source.StartsWith(Checkpoint, StringComparison.Ordinal)) return Checkpoint + section.Existing(key, source[Checkpoint.Length..]);
        if (source.StartsWith(Features, StringComparison.Ordinal))
            return Features + string.Join(';', source[Features.Length..].Split(';').Select(path => section.Existing(key, path)));
        if (!source.StartsWith(Onnx, StringComparison.Ordinal)) return source;
        if (RegionExtractor.Detectors.ContainsKey(source[Onnx.Length..])) return OfDetector(section, key, source[Onnx.Length..]);
        if (source[Onnx.Length..].Split('@', 2) is not [{ Length: > 0 } name, { Length: > 0 } model])
        {
            var known = string.Join(", ", OnnxDetector.Known.Keys);
            throw section.Error(key, $"'{source}': expected is onnx:NAME@MODEL, {known} or a description's path, and the model's");
        }

        return $"{Onnx}{(OnnxDetector.Known.ContainsKey(name) ? name : section.Existing(key, name))}@{section.Existing(key, model)}";
    }
}
