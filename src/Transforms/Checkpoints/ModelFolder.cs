namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>A folder as the transformers library saves a model to: config.json, weights and vocab.txt or vocab.json.</summary>
internal static class ModelFolder
{
    private static readonly string[] Weights =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

    /// <summary>The weights of a folder; any other path as it is.</summary>
    /// <exception cref="FileNotFoundException">The folder has none.</exception>
    public static string WeightsOf(string path)
    {
        if (!Directory.Exists(path)) return path;
        return Weights.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"The folder '{path}' has no weights: none of {string.Join(", ", Weights)} is in it.", path);
    }

    /// <summary>The configuration of a folder; any other path as it is.</summary>
    public static string ConfigurationOf(string path) => Directory.Exists(path) ? Path.Combine(path, "config.json") : path;

    /// <summary>The vocabulary of a folder, word pieces before byte pairs; any other path as it is.</summary>
    public static string VocabularyOf(string path)
    {
        if (!Directory.Exists(path)) return path;
        string pieces = Path.Combine(path, "vocab.txt"), pairs = Path.Combine(path, "vocab.json");
        return !File.Exists(pieces) && File.Exists(pairs) ? pairs : pieces;
    }
}
