using Microsoft.ML.Data;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Bench.Retrieval;

/// <summary>A caption, an image, or both.</summary>
internal sealed record PairRow
{
    public long[] InputIds { get; set; } = [];

    public long[] AttentionMask { get; set; } = [];

    public long[] TokenTypeIds { get; set; } = [];

    public float[] RegionFeatures { get; set; } = [];

    public float[] RegionBoxes { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSize { get; set; } = [];
}

/// <summary>Weights drawn by their names.</summary>
internal sealed class RandomWeights(IReadOnlyList<ModelParameter> parameters, double deviation) : IParameterSource
{
    private readonly Dictionary<string, ModelParameter> _parameters = parameters.ToDictionary(parameter => parameter.Name);

    public bool Contains(string name) => _parameters.ContainsKey(name);

    public IReadOnlyList<long> ShapeOf(string name) => _parameters[name].Shape;

    public float[] Read(string name)
    {
        // Uniform, with the standard deviation of the reference's normal start.
        var random = new Random(name.Aggregate(7, (hash, letter) => (hash * 31) + letter));
        var (start, width) = (_parameters[name].Role == ParameterRole.Gain ? 1f : 0, (float)(deviation * Math.Sqrt(12)));
        var values = new float[_parameters[name].Count];
        for (var i = 0; i < values.Length; i++) values[i] = start + (width * (random.NextSingle() - 0.5f));
        return values;
    }
}
