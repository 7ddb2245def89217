using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

public sealed class GradientTests
{
    [Fact]
    public void Gradients_of_one_update_do_not_reach_the_next()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(torch.tensor([1f, -2f]));
        using var optimizer = new TransformerOptimizer(
            OptimizerKind.AdamW, [new ParameterGroup("weight", weight, 0.1, 0)], 0.9, 0.999, 1e-8, correctBias: true);
        for (var update = 0; update < 2; update++)
        {
            weight.mul(weight).sum().backward();
            Assert.Equal([2f, -4f], weight.grad!.data<float>().ToArray());
            optimizer.ZeroGradients();
            Assert.Equal([0f, 0f], weight.grad!.data<float>().ToArray());
        }
    }

    [Fact]
    public void Clipping_scales_all_gradients_to_the_joint_norm()
    {
        using var scope = NewDisposeScope();
        Parameter first = new(torch.tensor([3f])), second = new(torch.tensor([4f])), without = new(torch.tensor([1f]));
        using var optimizer = new TransformerOptimizer(
            OptimizerKind.AdamW,
            [new ParameterGroup("first", first, 0.1, 0), new ParameterGroup("second", second, 0.1, 0), new ParameterGroup("without", without, 0.1, 0)],
            0.9, 0.999, 1e-8, correctBias: true);
        Scalars.With(0.5, Scalars.Add(first.mul(first), second.mul(second)).sum().mul).backward();
        optimizer.ClipGradients(10);
        Assert.Equal([3f, 4f], [first.grad!.item<float>(), second.grad!.item<float>()]);
        optimizer.ClipGradients(1);
        Assert.Equal(0.6f, first.grad!.item<float>(), 5);
        Assert.Equal(0.8f, second.grad!.item<float>(), 5);
        Assert.True(without.grad is null);
    }
}
