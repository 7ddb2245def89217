using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Optimization;

/// <summary>
/// One update of all parameters that have, or once had, a gradient; the others are not touched, not even by weight decay.
/// </summary>
internal sealed class TransformerOptimizer(
    OptimizerKind kind, IReadOnlyList<ParameterGroup> groups, double beta1, double beta2, double epsilon, bool correctBias) : IDisposable
{
    public IReadOnlyList<ParameterGroup> Groups { get; } = groups;

    /// <summary>Updates the parameters with their current gradients.</summary>
    /// <param name="factor">The schedule's factor on every group's learning rate.</param>
    public void Step(double factor)
    {
        using var gradients = no_grad();
        foreach (var group in Groups)
        {
            using var scope = NewDisposeScope();
            var gradient = group.Parameter.grad;
            if (gradient is null && group.Mean is null) continue;
            Update(group, gradient, group.LearningRate * factor);
        }
    }

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGradients()
    {
        foreach (var group in Groups)
        {
            using var scope = NewDisposeScope();
            group.Parameter.grad?.zero_();
        }
    }

    /// <summary>Scales the gradients down so that their joint Euclidean norm is at most this.</summary>
    public void ClipGradients(double norm) =>
        torch.nn.utils.clip_grad_norm_(Groups.Where(group => group.Parameter.grad is not null).Select(group => group.Parameter), norm);

    private void Update(ParameterGroup group, Tensor? gradient, double rate)
    {
        var weight = group.Parameter;
        var mean = group.Mean ??= torch.zeros_like(weight, requires_grad: false).DetachFromDisposeScope();
        var square = group.Square ??= torch.zeros_like(weight, requires_grad: false).DetachFromDisposeScope();
        group.Step++;
        Scalars.With(beta1, mean.mul_);
        Scalars.With(beta2, square.mul_);
        if (gradient is not null)
        {
            Add(mean, gradient, 1 - beta1);
            Scalars.With(1 - beta2, factor => square.addcmul_(gradient, gradient, factor));
        }

        switch (kind)
        {
            case OptimizerKind.AdamW:
                var step = correctBias ? rate * Math.Sqrt(1 - Math.Pow(beta2, group.Step)) / (1 - Math.Pow(beta1, group.Step)) : rate;
                Scalars.With(-step, factor => weight.addcdiv_(mean, Root(square), factor));
                if (group.WeightDecay > 0) Add(weight, weight, -rate * group.WeightDecay);
                break;
            case OptimizerKind.BertAdam:
                var update = mean.div(Root(square));
                if (group.WeightDecay > 0) Add(update, weight, group.WeightDecay);
                Add(weight, update, -rate);
                break;
            case OptimizerKind.RAdam:
                if (group.WeightDecay > 0) Add(weight, weight, -rate * group.WeightDecay);
                if (Rectification(group.Step) is { } rectification)
                    Scalars.With(-rate * rectification, factor => weight.addcdiv_(mean, Root(square), factor));
                else
                    Add(weight, mean, -rate / (1 - Math.Pow(beta1, group.Step)));
                break;
            default:
                throw new InvalidOperationException($"Unknown optimiser {kind}.");
        }
    }

    private static void Add(Tensor target, Tensor x, double factor) => Scalars.With(factor, alpha => target.add_(x, alpha));

    private Tensor Root(Tensor square) => Scalars.AddInPlace(square.sqrt(), epsilon);

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
