using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// Weights for a model that computes in int8. Matrices of linear layers and tables are stored in 8 bits, each row with a factor of its own;
/// linear layers multiply so, and what is looked up in a table becomes floats. What rounding would harm stays as it is: biases and
/// LayerNorms, the head (whose scores are compared), matrices that read locations, and every matrix that rounding takes further than
/// <see cref="MostError"/> from itself.
/// </summary>
/// <param name="source">The weights.</param>
/// <param name="parameters">The model's parameters.</param>
internal sealed class QuantizedWeights(IParameterSource source, IEnumerable<ModelParameter> parameters) : IParameterSource
{
    /// <summary>
    /// The most that rounding may change a matrix, as a share of it (roots of mean squares): for inputs without a direction of their own it
    /// changes the layer's outputs by as much. A matrix of normal numbers loses 0.8 %, one with a few rows of outliers 2 %.
    /// </summary>
    private const double MostError = 0.03;

    private readonly Dictionary<string, ModelParameter> _parameters = parameters.ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _isRounded = new(StringComparer.Ordinal);

    public bool Contains(string name) => source.Contains(name);

    public IReadOnlyList<long> ShapeOf(string name) => source.ShapeOf(name);

    public TensorElementType TypeOf(string name) => IsRounded(name) ? TensorElementType.Int8 : source.TypeOf(name);

    public bool IsMultipliedInInt8(string name) => IsRounded(name) && _parameters[name].Role == ParameterRole.Weight;

    public float[] Read(string name) => source.Read(name);

    private bool IsRounded(string name)
    {
        if (_isRounded.TryGetValue(name, out var known)) return known;
        return _isRounded[name] = _parameters.TryGetValue(name, out var parameter) && MayBeRounded(parameter)
            && Int8Rows.Error(name, source.Read(name), (int)parameter.Shape[0]) <= MostError;
    }

    // Matrices under other names are no linear layers'.
    private static bool MayBeRounded(ModelParameter parameter) =>
        parameter is { IsHead: false, Shape.Count: 2, Role: ParameterRole.Weight or ParameterRole.Table }
        && parameter.Name.EndsWith(".weight", StringComparison.Ordinal);
}
