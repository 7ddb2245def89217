namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>What an engine takes weights from that has none to ask for.</summary>
internal sealed class NoParameters : IParameterSource
{
    public bool Contains(string name) => false;

    public IReadOnlyList<long> ShapeOf(string name) => throw new KeyNotFoundException($"There is no parameter '{name}'.");

    public float[] Read(string name) => throw new KeyNotFoundException($"There is no parameter '{name}'.");
}
