using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Optimization;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>
/// An average of parameters over the updates, the later the more (fine_grained/maskrcnn_benchmark/utils/ema.py): it is what a detector is used
/// with. The first updates count more than the decay says, as there is nothing before them.
/// </summary>
internal sealed class ParameterAverage : IDisposable
{
    private readonly ModelParameters _parameters;
    private readonly double _decay;
    private readonly Dictionary<string, Tensor> _averages = new(StringComparer.Ordinal);
    private long _updates;

    /// <param name="parameters">The parameters.</param>
    /// <param name="decay">What of the average stays at an update, once there were many.</param>
    public ParameterAverage(ModelParameters parameters, double decay)
    {
        (_parameters, _decay) = (parameters, decay);
        using var gradients = no_grad();
        foreach (var spec in parameters.Specs) _averages[spec.Name] = parameters[spec.Name].detach().clone().DetachFromDisposeScope();
    }

    /// <summary>Takes the parameters of now into the average.</summary>
    public void Follow()
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var stays = Math.Min(_decay, (1.0 + _updates) / (10 + _updates));
        _updates++;
        foreach (var (name, average) in _averages)
            average.copy_(Scalars.Add(Scalars.With(stays, average.mul), Scalars.With(1 - stays, _parameters[name].mul)));
    }

    /// <summary>Puts the average in the place of the parameters.</summary>
    public void Settle()
    {
        using var gradients = no_grad();
        foreach (var (name, average) in _averages) _parameters[name].copy_(average);
    }

    public void Dispose()
    {
        foreach (var average in _averages.Values) average.Dispose();
    }
}
