namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>What a reader found in a file.</summary>
/// <param name="Format">The name of the format.</param>
/// <param name="Tensors">The tensors in the order of the file; names differ.</param>
/// <param name="Metadata">The file's own key-value notes.</param>
internal sealed record CheckpointContent(string Format, List<CheckpointTensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>What else the file holds besides tensors: its name and a short description.</summary>
    public IReadOnlyDictionary<string, string> Others { get; init; } = new Dictionary<string, string>();
}
