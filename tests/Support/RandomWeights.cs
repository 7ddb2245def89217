using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;

namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>Weights of a network drawn by their names, without libtorch; large enough for its scores to differ.</summary>
internal sealed class RandomWeights(TaskNetwork network, TensorElementType type = TensorElementType.Float32) : IParameterSource
{
    private readonly Dictionary<string, ModelParameter> _parameters = network.Parameters().ToDictionary(parameter => parameter.Name);

    public bool Contains(string name) => _parameters.ContainsKey(name);

    public IReadOnlyList<long> ShapeOf(string name) => _parameters[name].Shape;

    public TensorElementType TypeOf(string name) => type;

    public float[] Read(string name)
    {
        var random = new Random(name.Aggregate(7, (hash, letter) => (hash * 31) + letter));
        var start = _parameters[name].Role == ParameterRole.Gain ? 1 : 0;
        var values = new float[_parameters[name].Count];
        for (var i = 0; i < values.Length; i++) values[i] = start + (0.6f * (random.NextSingle() - 0.5f));
        return values;
    }
}
