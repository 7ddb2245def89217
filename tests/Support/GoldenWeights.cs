using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>The weights of a golden case as they are in its file.</summary>
internal sealed class GoldenWeights(GoldenCase c) : IParameterSource
{
    public bool Contains(string name) => c.Weights.TryGet(name, out _);

    public IReadOnlyList<long> ShapeOf(string name) => c.Weights[name].Shape;

    public float[] Read(string name) => c.Weights[name].ToSingles();
}
