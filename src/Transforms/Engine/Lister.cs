namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// Lists a model's parameters by running it on shapes: each once, in the order of first use. Initialisation, weight decay, freezing, the
/// head's learning rate and the matching of checkpoints all read this list.
/// </summary>
internal static class Lister
{
    /// <param name="run">Runs the model, or a part of it, on the engine.</param>
    public static IReadOnlyList<ModelParameter> List(Action<IRegionEngine<ShapeValue>> run)
    {
        var engine = new ShapeEngine();
        run(engine);
        return engine.Parameters;
    }
}

/// <summary>The sizes of a value; null where only running the model on data tells.</summary>
internal sealed record ShapeValue(params IReadOnlyList<long?> Sizes)
{
    /// <summary>The number of axes.</summary>
    public int Rank => Sizes.Count;

    /// <summary>The last size, which layers with weights need to know.</summary>
    public long Width => Sizes.Count > 0 && Sizes[^1] is { } width
        ? width
        : throw new InvalidOperationException($"A layer with weights reads a value of unknown width: {this}.");

    public override string ToString() => $"[{string.Join(", ", Sizes.Select(size => size?.ToString() ?? "?"))}]";
}
