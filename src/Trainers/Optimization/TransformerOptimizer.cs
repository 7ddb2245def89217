using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Optimization;

/// <summary>
/// One update of all parameters that have, or once had, a gradient; the others are not touched, not even by weight decay.
/// </summary>
internal sealed class TransformerOptimizer(
    OptimizerKind kind, IReadOnlyList<ParameterGroup> groups, double beta1, double beta2, double epsilon, bool correctBias) : IDisposable
{
    /// <summary>Numbers that are updated in one go; an update keeps copies of as many.</summary>
    private const long MostAtOnce = 1 << 24;

    private readonly List<ParameterGroup>[] _halves = Halves(groups);

    public IReadOnlyList<ParameterGroup> Groups { get; } = groups;

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
                foreach (var part in Portions(alike)) Update(part, alike.Key.LearningRate * factor, alike.Key.WeightDecay);
            return half.Count;
        });
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

    private static IEnumerable<List<ParameterGroup>> Portions(IEnumerable<ParameterGroup> groups)
    {
        var portion = new List<ParameterGroup>();
        long count = 0;
        foreach (var group in groups)
        {
            if (portion.Count > 0 && count + group.Count > MostAtOnce)
            {
                yield return portion;
                (portion, count) = ([], 0);
            }

            portion.Add(group);
            count += group.Count;
        }

        if (portion.Count > 0) yield return portion;
    }

    private static Tensor Zeros(ParameterGroup group) => torch.zeros_like(group.Parameter, requires_grad: false);

    private Tensor[] Gradients() => [.. Groups.Select(group => group.Parameter.grad).OfType<Tensor>()];

    /// <summary>Updates parameters of one rate, one decay and as many updates.</summary>
    private void Update(List<ParameterGroup> portion, double rate, double decay)
    {
        using var scope = NewDisposeScope();
        Tensor[] weight = [.. portion.Select(group => group.Parameter)];
        Tensor[] mean = [.. portion.Select(group => group.Mean ??= Zeros(group).DetachFromDisposeScope())];
        Tensor[] square = [.. portion.Select(group => group.Square ??= Zeros(group).DetachFromDisposeScope())];
        TensorLists.Moments(mean, square, [.. portion.Select(group => group.Parameter.grad ?? Zeros(group))], beta1, beta2);
        foreach (var group in portion) group.Step++;
        var step = portion[0].Step;
        switch (kind)
        {
            case OptimizerKind.AdamW:
                var size = correctBias ? rate * Math.Sqrt(1 - Math.Pow(beta2, step)) / (1 - Math.Pow(beta1, step)) : rate;
                TensorLists.AddRatio(weight, mean, square, epsilon, -size);
                if (decay > 0) TensorLists.Add(weight, weight, -rate * decay);
                break;
            case OptimizerKind.BertAdam when decay > 0:
                TensorLists.AddDecayedRatio(weight, mean, square, epsilon, decay, -rate);
                break;
            case OptimizerKind.BertAdam:
                TensorLists.AddRatio(weight, mean, square, epsilon, -rate);
                break;
            case OptimizerKind.RAdam:
                if (decay > 0) TensorLists.Add(weight, weight, -rate * decay);
                if (Rectification(step) is { } rectification)
                    TensorLists.AddRatio(weight, mean, square, epsilon, -rate * rectification);
                else
                    TensorLists.Add(weight, mean, -rate / (1 - Math.Pow(beta1, step)));
                break;
            default:
                throw new InvalidOperationException($"Unknown optimiser {kind}.");
        }
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
    }
}
