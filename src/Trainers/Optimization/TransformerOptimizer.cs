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
        mean.mul_(beta1);
        square.mul_(beta2);
        if (gradient is not null)
        {
            mean.add_(gradient, 1 - beta1);
            square.addcmul_(gradient, gradient, 1 - beta2);
        }

        switch (kind)
        {
            case OptimizerKind.AdamW:
                var step = correctBias ? rate * Math.Sqrt(1 - Math.Pow(beta2, group.Step)) / (1 - Math.Pow(beta1, group.Step)) : rate;
                weight.addcdiv_(mean, square.sqrt().add_(epsilon), -step);
                if (group.WeightDecay > 0) weight.add_(weight, -rate * group.WeightDecay);
                break;
            case OptimizerKind.BertAdam:
                var update = mean.div(square.sqrt().add_(epsilon));
                if (group.WeightDecay > 0) update.add_(weight, group.WeightDecay);
                weight.add_(update, -rate);
                break;
            case OptimizerKind.RAdam:
                if (group.WeightDecay > 0) weight.add_(weight, -rate * group.WeightDecay);
                if (Rectification(group.Step) is { } rectification)
                    weight.addcdiv_(mean, square.sqrt().add_(epsilon), -rate * rectification);
                else
                    weight.add_(mean, -rate / (1 - Math.Pow(beta1, group.Step)));
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
