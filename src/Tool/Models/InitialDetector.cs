using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tool.Inspection;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>What the training of a detector starts from.</summary>
/// <param name="Config">The detector's sizes; null where the file does not tell.</param>
/// <param name="Weights">A checkpoint.</param>
internal sealed record InitialDetector(FasterRcnnConfig? Config, string Weights)
{
    /// <summary>Opens a checkpoint, or a model file with a detector, whose weights are put into a temporary file.</summary>
    /// <exception cref="InvalidDataException">The file is a model, but no detector.</exception>
    public static InitialDetector Open(string path)
    {
        if (Directory.Exists(path) || !FileKind.IsModelFile(path)) return new(null, path);
        using var file = ModelFile.Load(path);
        var part = file.Parts.OfType<ExtractRegionFeaturesTransformer>().FirstOrDefault()
            ?? throw new InvalidDataException($"--init: the model '{path}' has no detector in it.");
        var weights = Path.Combine(TemporaryFiles.NewFolder("init"), "weights.safetensors");
        part.SaveWeights(weights);
        return new(part.Detector, weights);
    }
}
