namespace MLNet.VisionLanguage.Tool.Inspection;

/// <summary>What a checkpoint holds.</summary>
internal static class CheckpointReport
{
    public const string StateDictionaryOption = "--state-dict";
    public const string StateDictionaryHelp = "Where in a PyTorch file the weights are, such as model or ema/module; needed when two fit.";

    public static FileReport Create(string path, string? stateDictionary)
    {
        using var checkpoint = Checkpoint.Open(path, stateDictionary);
        var tensors = checkpoint.Names.Select(name => checkpoint[name]).ToList();
        return new FileReport(
            [
                new("file", checkpoint.Path),
                new("kind", "checkpoint"),
                new("format", checkpoint.Format),
                new("architecture", VisionLanguageModel.Guess(checkpoint.Names) ?? "unknown"),
                new("tensors", tensors.Count),
                new("parameters", tensors.Sum(tensor => tensor.Count)),
                new("bytes", tensors.Sum(tensor => tensor.ByteLength)),
            ],
            [
                Pairs("metadata", checkpoint.Metadata),
                Pairs("others", checkpoint.Others),
                new ReportList(
                    "weights",
                    ["name", "type", "shape", "count"],
                    [.. tensors.Select(t => new object?[] { t.Name, t.ElementType.ToString(), t.Shape, t.Count })]),
            ]);
    }

    private static ReportList Pairs(string name, IReadOnlyDictionary<string, string> pairs) =>
        new(name, ["name", "value"], [.. pairs.Select(pair => new object?[] { pair.Key, pair.Value })]);
}
