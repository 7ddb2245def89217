using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class LossTests
{
    private static Tensor Logits => torch.tensor(new[] { 0, Math.Log(3), Math.Log(3), 0 }, [2, 2]);

    [Fact]
    public void CrossEntropyTakesClassNumbers()
    {
        using var scope = NewDisposeScope();
        var target = torch.tensor(new long[] { 1, 1 });
        double first = -Math.Log(0.75), second = -Math.Log(0.25);
        Expect.Values(F.cross_entropy(Logits, target), (first + second) / 2);
        Expect.Values(F.cross_entropy(Logits, target, reduction: Reduction.None), first, second);
        Expect.Values(F.cross_entropy(Logits, target, reduction: Reduction.Sum), first + second);
        Expect.Values(F.cross_entropy(Logits, torch.tensor(new long[] { 1, -1 }), ignore_index: -1), first);
        Expect.Values(F.cross_entropy(Logits, target, torch.tensor(new[] { 1.0, 2.0 }), reduction: Reduction.Sum), 2 * (first + second));
        Expect.Values(F.cross_entropy(Logits, target, label_smoothing: 1, reduction: Reduction.None), (first + second) / 2,
            (first + second) / 2);
        Assert.True(double.IsNaN(F.cross_entropy(Logits, torch.tensor(new long[] { -100, -100 })).ToDouble()));
        Expect.Values(F.nll_loss(Logits.log_softmax(1), target), (first + second) / 2);
    }

    [Fact]
    public void BinaryCrossEntropyTakesSoftTargets()
    {
        using var scope = NewDisposeScope();
        var logits = torch.tensor(new[] { 0, Math.Log(3) });
        var target = torch.tensor(new[] { 0.5, 1.0 });
        double first = Math.Log(2), second = -Math.Log(0.75);
        Expect.Values(F.binary_cross_entropy_with_logits(logits, target), (first + second) / 2);
        Expect.Values(F.binary_cross_entropy_with_logits(logits, target, reduction: Reduction.None), first, second);
        Expect.Values(F.binary_cross_entropy_with_logits(logits, target, torch.tensor(new[] { 0.0, 1.0 }), Reduction.Sum), second);
        Expect.Values(F.binary_cross_entropy_with_logits(logits, target, reduction: Reduction.None, pos_weights: torch.tensor(3.0)),
            2 * first, 3 * second);
        Expect.Values(F.binary_cross_entropy(logits.sigmoid(), target, reduction: Reduction.Sum), first + second);
    }

    [Fact]
    public void Distances()
    {
        using var scope = NewDisposeScope();
        var a = torch.tensor(new[] { 0.0, 3.0 });
        var b = torch.tensor(new[] { 0.5, 1.0 });
        Expect.Values(F.mse_loss(a, b), (0.25 + 4) / 2);
        Expect.Values(F.mse_loss(a, b, Reduction.None), 0.25, 4);
        Expect.Values(F.smooth_l1_loss(a, b, Reduction.None), 0.125, 1.5);
        Expect.Values(F.smooth_l1_loss(a, b, Reduction.None, 4), 0.03125, 0.5);
        Expect.Values(F.huber_loss(a, b, 0.5, Reduction.None), 0.125, 0.875);
    }

    [Fact]
    public void DivergenceTakesLogarithmsUnlessTold()
    {
        using var scope = NewDisposeScope();
        var p = torch.tensor(new[] { 0.25, 0.75 });
        var q = torch.tensor(new[] { 0.5, 0.5 });
        var expected = 0.25 * Math.Log(0.25 / 0.5) + 0.75 * Math.Log(0.75 / 0.5);
        Expect.Values(F.kl_div(q.log(), p.log(), log_target: true, reduction: Reduction.Sum), expected);
        Expect.Values(F.kl_div(q.log(), p, log_target: false, reduction: Reduction.Sum), expected);
        Expect.Values(F.kl_div(q.log(), p.log()), expected / 2);
    }
}
