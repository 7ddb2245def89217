using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Optimization;

/// <summary>
/// One update of all parameters that have, or once had, a gradient; the others are not touched, not even by weight decay.
/// </summary>
internal sealed class TransformerOptimizer(
    OptimizerKind kind, IReadOnlyList<ParameterGroup> groups, double beta1, double beta2, double epsilon, bool correctBias) : IDisposable
{
    /// <summary>After so many updates there is nothing left to correct of a moment's bias; the same as no correction.</summary>
    private const double Endless = 1e9;

    private readonly List<ParameterGroup>[] _halves = Halves(groups);

    public IReadOnlyList<ParameterGroup> Groups { get; } = groups;

    /// <summary>An average of the parameters that follows every update; null for none.</summary>
    public ParameterAverage? Average { get; init; }

    /// <summary>Updates the parameters with their current gradients.</summary>
    /// <param name="factor">The schedule's factor on every group's learning rate.</param>
    /// <param name="companion">Updates half of them.</param>
    public void Step(double factor, Companion? companion = null)
    {
        Companion.Each(companion, _halves, half =>
        {
            using var gradients = no_grad();
            var due = half.Where(group => group.Mean is not null || HasGradient(group));
            foreach (var alike in due.GroupBy(group => (group.LearningRate, group.WeightDecay, group.Step)))
                Update([.. alike], alike.Key.LearningRate * factor, alike.Key.WeightDecay);
            return half.Count;
        });
        Average?.Follow();
    }

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGradients()
    {
        using var scope = NewDisposeScope();
        TensorLists.Zero(Gradients());
    }

    /// <summary>Scales the gradients down so that their joint Euclidean norm is at most this.</summary>
    public void ClipGradients(double norm)
    {
        using var scope = NewDisposeScope();
        TensorLists.LimitNorm(Gradients(), norm);
    }

    private static bool HasGradient(ParameterGroup group)
    {
        using var gradient = group.Parameter.grad;
        return gradient is not null;
    }

    /// <summary>Two lists of about as many numbers: the largest first, each to the list that has fewer.</summary>
    private static List<ParameterGroup>[] Halves(IReadOnlyList<ParameterGroup> groups)
    {
        List<ParameterGroup>[] halves = [[], []];
        var counts = new long[2];
        foreach (var group in groups.OrderByDescending(group => group.Count))
        {
            var lighter = counts[1] < counts[0] ? 1 : 0;
            halves[lighter].Add(group);
            counts[lighter] += group.Count;
        }

        return halves;
    }

    private static Tensor Zeros(ParameterGroup group) => torch.zeros_like(group.Parameter, requires_grad: false);

    private Tensor[] Gradients() => [.. Groups.Select(group => group.Parameter.grad).OfType<Tensor>()];

    /// <summary>Updates parameters of one rate, one decay and as many updates.</summary>
    private void Update(List<ParameterGroup> alike, double rate, double decay)
    {
        using var scope = NewDisposeScope();
        Tensor[] weight = [.. alike.Select(group => group.Parameter)];
        Tensor[] mean = [.. alike.Select(group => group.Mean ??= Zeros(group).DetachFromDisposeScope())];
        Tensor[] square = [.. alike.Select(group => group.Square ??= Zeros(group).DetachFromDisposeScope())];
        Tensor[] gradient = [.. alike.Select(group => group.Parameter.grad ?? Zeros(group))];
        foreach (var group in alike) group.Step++;
        var step = alike[0].Step;
        var decayed = rate * decay;
        switch (kind)
        {
            case OptimizerKind.AdamW when correctBias:
                // ε stands beside the uncorrected root here, and beside the corrected one there.
                Adam(step, rate * (1 - decayed), epsilon / Math.Sqrt(1 - Math.Pow(beta2, step)));
                break;
            case OptimizerKind.AdamW:
                // What is taken off last is a share of the updated weight, and so of the update.
                Adam(Endless, rate * (1 - decayed), epsilon);
                break;
            case OptimizerKind.BertAdam:
                Adam(Endless, rate, epsilon);
                break;
            case OptimizerKind.RAdam when Rectification(step) is { } rectification:
                Adam(Endless, rate * rectification, epsilon);
                break;
            case OptimizerKind.RAdam:
                TensorLists.Moments(mean, square, gradient, beta1, beta2);
                if (decayed > 0) TensorLists.Add(weight, weight, -decayed);
                TensorLists.Add(weight, mean, -rate / (1 - Math.Pow(beta1, step)));
                break;
            case OptimizerKind.Momentum:
                if (decay > 0) TensorLists.Add(gradient, weight, decay);
                TensorLists.Moments(mean, square, gradient, beta1, beta2);

                // What is kept is the mean gradient: momentum's sum is as many times that.
                TensorLists.Add(weight, mean, -rate / (1 - beta1));
                break;
            default:
                throw new InvalidOperationException($"Unknown optimiser {kind}.");
        }

        // Whatever the rate of the update, the same share of the weight is taken off.
        void Adam(double steps, double size, double beside) => TensorLists.AdamW(
            weight, gradient, mean, square, beta1, beta2, steps, size, size == 0 ? 0 : decayed / size, beside);
    }

    /// <summary>
    /// RAdam's variance rectification over the bias corrections; null while the approximated moving average is shorter than 5.
    /// </summary>
    private double? Rectification(long step)
    {
        var beta2Power = Math.Pow(beta2, step);
        var longest = (2 / (1 - beta2)) - 1;
        var average = longest - (2 * step * beta2Power / (1 - beta2Power));
        if (average < 5) return null;
        var variance = (1 - beta2Power) * (average - 4) / (longest - 4) * (average - 2) / average * longest / (longest - 2);
        return Math.Sqrt(variance) / (1 - Math.Pow(beta1, step));
    }

    public void Dispose()
    {
        foreach (var group in Groups) group.Dispose();
        Average?.Dispose();
    }
}
