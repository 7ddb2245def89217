using Microsoft.ML;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Experiments;

/// <summary>A trained model to start from: its architecture, weights and words, and what it looks at.</summary>
/// <param name="Model">The architecture.</param>
/// <param name="Weights">The file of its weights, or the folder.</param>
/// <param name="Vocabulary">Its words.</param>
/// <param name="Uncased">Whether its texts are lower-cased.</param>
/// <param name="Grid">The cells it cuts images into; null where it does not tell.</param>
internal sealed record StartingModel(VisionLanguageModel Model, string Weights, TextVocabulary Vocabulary, bool Uncased, GridFeatureOptions? Grid)
{
    /// <summary>Opens a model of this library or a folder of the transformers library.</summary>
    /// <exception cref="InvalidDataException">It is neither, or the file has no model in it.</exception>
    public static StartingModel Open(MLContext context, string path) => Directory.Exists(path) ? OfFolder(path) : OfZip(context, path);

    private static StartingModel OfFolder(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        var kind = ModelKinds.KindOf(checkpoint.Names)
            ?? throw new InvalidDataException(
                $"The names in '{path}' do not tell which model it is; known are {string.Join(", ", VisionLanguageModel.Kinds)}.");
        var vocabulary = TextVocabulary.Load(path);
        return new(VisionLanguageModel.Load(kind, path), path, vocabulary, vocabulary.CanBeUncased, Grid: null);
    }

    private static StartingModel OfZip(MLContext context, string path)
    {
        var loaded = context.VisionLanguage().Load(path);
        using (loaded as IDisposable)
        {
            var parts = Flat(loaded).ToList();
            var model = parts.OfType<TaskTransformer>().LastOrDefault() ?? throw new InvalidDataException($"'{path}' has no vision-and-language model in it.");
            var words = parts.OfType<TokenizeTextTransformer>().FirstOrDefault() ?? throw new InvalidDataException($"'{path}' has no TokenizeText in it.");
            var weights = Path.Combine(TemporaryFiles.NewFolder("start"), "weights.safetensors");
            model.SaveWeights(weights);
            return new(model.Model, weights, words.Vocabulary, words.Uncased, parts.OfType<ExtractGridFeaturesTransformer>().FirstOrDefault()?.Grid);
        }
    }

    private static IEnumerable<ITransformer> Flat(ITransformer part) => part is IEnumerable<ITransformer> chain ? chain.SelectMany(Flat) : [part];
}
