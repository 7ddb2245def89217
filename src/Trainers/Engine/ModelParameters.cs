using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// The trainable parameters of a model under the reference checkpoint's own names, on one device. The architecture itself is code over
/// <see cref="TorchEngine"/>; this module is what optimisers, checkpoints and state_dict see.
/// </summary>
internal sealed class ModelParameters : nn.Module
{
    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);

    /// <param name="specs">What the lister found.</param>
    /// <param name="device">Where the parameters live.</param>
    public ModelParameters(IEnumerable<ModelParameter> specs, Device device)
        : base(nameof(ModelParameters))
    {
        Device = device;
        Specs = [.. specs];
        foreach (var spec in Specs)
        {
            var zeros = torch.zeros([.. spec.Shape], dtype: ScalarType.Float32, device: device);
            var parameter = new Parameter(zeros, requires_grad: !spec.IsFixed);
            register_parameter(spec.Name, parameter);
            _byName.Add(spec.Name, parameter);
        }
    }

    public Device Device { get; }

    public IReadOnlyList<ModelParameter> Specs { get; }

    /// <summary>The parameter of that name.</summary>
    /// <exception cref="KeyNotFoundException">The model has no such parameter.</exception>
    public Parameter this[string name] => _byName.TryGetValue(name, out var parameter)
        ? parameter
        : throw new KeyNotFoundException($"The model has no parameter '{name}'.");

    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>Draws fresh weights; the same seed gives the same weights on every device.</summary>
    public void Initialize(WeightInitialization method, double range, long seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        using var gradients = no_grad();
        foreach (var spec in Specs)
        {
            var target = _byName[spec.Name];
            if (spec.Shape.Count < 2 || spec.Role is ParameterRole.Gate or ParameterRole.Buffer)
            {
                Scalars.With(spec.Start, target.fill_);
                continue;
            }

            var drawn = torch.zeros([.. spec.Shape], dtype: ScalarType.Float32);
            if (method == WeightInitialization.Normal)
                drawn.normal_(0, range, generator);
            else
                drawn.uniform_(-XavierBound(spec), XavierBound(spec), generator);

            target.copy_(drawn);
        }
    }

    /// <summary>
    /// √(6 / (fan_in + fan_out)) of a linear [out, in]. Tables get it by their width alone, not by their row count. A linear on a few
    /// fractions 0..1, which are far from unit variance, gets √(6 / fan_in): with Xavier's the location of a region would drown in the
    /// LayerNorm it shares with the feature.
    /// </summary>
    private static double XavierBound(ModelParameter parameter) => Math.Sqrt(6.0 / parameter.Role switch
    {
        ParameterRole.Table => 2 * parameter.Shape[1],
        ParameterRole.Location => parameter.Shape[1],
        // A convolution reads as many numbers more as its window has places.
        _ => (parameter.Shape[0] + parameter.Shape[1]) * parameter.Shape.Skip(2).Aggregate(1L, (area, side) => area * side),
    });

    /// <summary>Takes the values of the same parameters elsewhere.</summary>
    public void CopyFrom(ModelParameters other)
    {
        using var gradients = no_grad();
        foreach (var spec in Specs) _byName[spec.Name].copy_(other[spec.Name]);
    }

    /// <summary>Copies what the source has; the other parameters keep their values.</summary>
    /// <returns>The names of the parameters the source lacks.</returns>
    /// <exception cref="InvalidDataException">A shape differs.</exception>
    public IReadOnlyList<string> Load(IParameterSource source)
    {
        using var gradients = no_grad();
        var missing = new List<string>();
        foreach (var spec in Specs)
        {
            if (!source.Contains(spec.Name))
            {
                missing.Add(spec.Name);
                continue;
            }

            var shape = source.ShapeOf(spec.Name);
            if (!shape.SequenceEqual(spec.Shape))
            {
                throw new InvalidDataException(
                    $"Parameter '{spec.Name}': expected shape [{string.Join(", ", spec.Shape)}], found [{string.Join(", ", shape)}].");
            }

            using var scope = NewDisposeScope();
            _byName[spec.Name].copy_(torch.tensor(source.Read(spec.Name), [.. spec.Shape], dtype: ScalarType.Float32));
        }

        return missing;
    }

    /// <summary>Copies what a checkpoint has, also the first rows of tables that have fewer there.</summary>
    /// <returns>The names of the parameters the checkpoint lacks.</returns>
    /// <inheritdoc cref="Load(IParameterSource)"/>
    public IReadOnlyList<string> Load(ParameterMatch match) => Load(match, match.Source);

    /// <param name="match">What a checkpoint has.</param>
    /// <param name="source">The same, in the shapes that are here.</param>
    /// <inheritdoc cref="Load(IParameterSource)"/>
    public IReadOnlyList<string> Load(ParameterMatch match, IParameterSource source)
    {
        var missing = Load(source);
        using var gradients = no_grad();
        foreach (var (name, tensor) in match.Shorter)
        {
            using var scope = NewDisposeScope();
            var rows = torch.tensor(tensor.ToSingles(), [.. tensor.Shape], dtype: ScalarType.Float32);
            _byName[name].slice(0, 0, tensor.Shape[0], 1).copy_(rows);
        }

        return [.. missing.Where(name => !match.Shorter.ContainsKey(name))];
    }

    /// <summary>The current values as a source of weights for the scoring engine; each is copied when it is read.</summary>
    /// <param name="names">The names here of parameters that have another there; null where there are none.</param>
    public IParameterSource AsSource(IReadOnlyDictionary<string, string>? names = null) => new Values(this, names);

    /// <summary>A copy of one parameter's values in row-major order.</summary>
    public float[] Read(string name)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        return this[name].detach().cpu().contiguous().data<float>().ToArray();
    }

    private sealed class Values(ModelParameters parameters, IReadOnlyDictionary<string, string>? names) : IParameterSource
    {
        public bool Contains(string name) => parameters.Contains(Here(name));

        public IReadOnlyList<long> ShapeOf(string name) => parameters[Here(name)].shape;

        public float[] Read(string name) => parameters.Read(Here(name));

        private string Here(string name) => names?.GetValueOrDefault(name) ?? name;
    }
}
