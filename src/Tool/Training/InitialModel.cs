using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tool.Inspection;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>A model file that a training starts from: its weights, its words and what it sees go along.</summary>
/// <param name="Model">Its architecture.</param>
/// <param name="Weights">Its weights, in a temporary file.</param>
/// <param name="Vocabulary">Its words.</param>
/// <param name="Uncased">Whether its texts are lower-cased.</param>
/// <param name="Grid">The cells it cuts images into; null for a model that is given region features.</param>
internal sealed record InitialModel(VisionLanguageModel Model, string Weights, TextVocabulary Vocabulary, bool Uncased, GridFeatureOptions? Grid)
{
    /// <summary>Models this narrow learn well with the recipe for those that start from nothing.</summary>
    private const int Narrow = 256;

    /// <summary>Whether it learns on as a small model does.</summary>
    public bool IsSmall => Model.TextSize <= Narrow;

    /// <summary>Opens a model file; null when the file is a checkpoint.</summary>
    /// <exception cref="InvalidDataException">The file is a model, but none of vision and language.</exception>
    public static InitialModel? Open(string path)
    {
        if (!FileKind.IsModelFile(path)) return null;
        using var file = ModelFile.Load(path);
        var parts = file.Parts.ToList();
        var part = parts.OfType<TaskTransformer>().LastOrDefault();
        var tokens = parts.OfType<TokenizeTextTransformer>().FirstOrDefault();
        if (part is null || tokens is null)
            throw new InvalidDataException($"--init: the model '{path}' has no {(part is null ? "vision-and-language model" : "TokenizeText")} in it.");
        var weights = Path.Combine(TemporaryFiles.NewFolder("init"), "weights.safetensors");
        part.SaveWeights(weights);
        return new(part.Model, weights, tokens.Vocabulary, tokens.Uncased, parts.OfType<ExtractGridFeaturesTransformer>().FirstOrDefault()?.Grid);
    }
}
