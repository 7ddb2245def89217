using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Optimization;

/// <summary>
/// An average of parameters over the updates, the later the more (fine_grained/maskrcnn_benchmark/utils/ema.py): it is what a detector is used
/// with. The first updates count more than the decay says, as there is nothing before them.
/// </summary>
internal sealed class ParameterAverage : IDisposable
{
    private readonly IReadOnlyList<ParameterGroup> _groups;
    private readonly double _decay;
    private readonly Tensor[] _averages;

    /// <param name="groups">The parameters; those that do not change need no average.</param>
    /// <param name="decay">What of the average stays at an update, once there were many.</param>
    public ParameterAverage(IReadOnlyList<ParameterGroup> groups, double decay)
    {
        (_groups, _decay) = (groups, decay);
        using var gradients = no_grad();
        _averages = [.. groups.Select(group => group.Parameter.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>Updates that it has followed.</summary>
    public long Updates { get; set; }

    /// <summary>The average of each parameter, by its name.</summary>
    public IEnumerable<(string Name, Tensor Average)> Tensors => _groups.Zip(_averages, (group, average) => (group.Name, average));

    /// <summary>Takes the parameters of now into the average.</summary>
    public void Follow()
    {
        using var gradients = no_grad();
        TensorLists.Blend(_averages, Weights(), Math.Min(_decay, (1.0 + Updates) / (10 + Updates)));
        Updates++;
    }

    /// <summary>Puts the average in the place of the parameters for good.</summary>
    public void Settle()
    {
        using var gradients = no_grad();
        foreach (var (group, average) in _groups.Zip(_averages)) group.Parameter.copy_(average);
    }

    /// <summary>Puts the average in the place of the parameters until what is returned is disposed.</summary>
    public IDisposable InPlace()
    {
        Exchange();
        return new Return(this);
    }

    public void Dispose()
    {
        foreach (var average in _averages) average.Dispose();
    }

    private Tensor[] Weights() => [.. _groups.Select(group => group.Parameter)];

    private void Exchange()
    {
        using var gradients = no_grad();
        foreach (var (group, average) in _groups.Zip(_averages))
        {
            using var weight = group.Parameter.detach().clone();
            group.Parameter.copy_(average);
            average.copy_(weight);
        }
    }

    private sealed class Return(ParameterAverage average) : IDisposable
    {
        public void Dispose() => average.Exchange();
    }
}
