using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class AutogradTests
{
    [Fact]
    public void GradientsAgreeWithDifferences()
    {
        using var scope = NewDisposeScope();
        torch.manual_seed(1);
        var weight = randn(3, 4, dtype: ScalarType.Float64);
        Expect.Gradient(x => F.gelu(F.linear(x, weight)).sum(), randn(2, 4));
        Expect.Gradient(x => F.layer_norm(x, [4]).pow(3).sum(), randn(2, 4));
        Expect.Gradient(x => (x.softmax(-1) * weight[..2]).sum() + x[.., 1..3].exp().mean(), randn(2, 4));
        Expect.Gradient(x => F.cross_entropy(x, torch.tensor(new long[] { 1, 3 })), randn(2, 4));
        Expect.Gradient(x => F.binary_cross_entropy_with_logits(x, full_like(x, 0.3)), randn(2, 4));
        Expect.Gradient(x => torch.cat([x, x.transpose(0, 1).reshape(2, 4)], 1).tanh().sum(), randn(2, 4));
        var columns = torch.tensor(new long[,] { { 0 }, { 2 } });
        Expect.Gradient(x => x.gather(1, columns).square().sum() + (2 / (x.abs() + 1)).sum(), randn(2, 4));
        var rows = torch.tensor(new long[] { 1, 1 });
        Expect.Gradient(x => x.masked_fill(weight[..2] > 0, 0).sigmoid().sum(), randn(2, 4));
        Expect.Gradient(x => x.index_select(0, rows).log_softmax(1).square().mean(), randn(2, 4));
    }

    [Fact]
    public void GradientsAccumulateUntilCleared()
    {
        using var scope = NewDisposeScope();
        var x = torch.tensor(2f, requires_grad: true);
        Assert.True(x.grad is null);
        (x * x).backward();
        (x * 3).backward();
        Expect.Values(x.grad!, 7);
        x.grad = null;
        Assert.True(x.grad is null);
        x.grad = torch.tensor(5f);
        Expect.Values(x.grad!, 5);
    }

    [Fact]
    public void OnlyLeavesKeepGradientsUnlessAsked()
    {
        using var scope = NewDisposeScope();
        var x = torch.tensor(2f, requires_grad: true);
        var y = x * x;
        Assert.True(x.is_leaf);
        Assert.False(y.is_leaf);
        y.retain_grad();
        (y * y).backward();
        Expect.Values(y.grad!, 8);
        Expect.Values(x.grad!, 32);
        Assert.False(y.detach().requires_grad);
        Assert.True(zeros(1).requires_grad_().requires_grad);
        Assert.True(zeros(1).with_requires_grad().requires_grad);
    }

    [Fact]
    public void NoGradRecordsNothingAndRestoresWhatWas()
    {
        using var scope = NewDisposeScope();
        var x = ones(1, requires_grad: true);
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (enable_grad()) Assert.True((x * 2).requires_grad);
            Assert.False(is_grad_enabled());
        }
        using (set_grad_enabled(false)) Assert.False(is_grad_enabled());
        Assert.True(is_grad_enabled());
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            Assert.False((x * 2).requires_grad);
        }
        Assert.False(is_inference_mode_enabled());
        Assert.True((x * 2).requires_grad);
    }

    [Fact]
    public void GradModeBelongsToTheThread()
    {
        using var quiet = no_grad();
        var other = false;
        var thread = new Thread(() => other = is_grad_enabled());
        thread.Start();
        thread.Join();
        Assert.True(other);
    }

    [Fact]
    public void GradientsOfSeveralInputs()
    {
        using var scope = NewDisposeScope();
        var x = torch.tensor(new[] { 1.0, 2.0 }, requires_grad: true);
        var y = torch.tensor(new[] { 3.0, 4.0 }, requires_grad: true);
        var product = x * y;
        var gradients = autograd.grad([product], [x, y], [torch.tensor(new[] { 1.0, 10.0 })], retain_graph: true);
        Expect.Values(gradients[0], 3, 40);
        Expect.Values(gradients[1], 1, 20);
        Assert.True(x.grad is null);
        autograd.backward([product.sum()], retain_graph: true);
        Expect.Values(x.grad!, 3, 4);
        autograd.backward(product, grad_tensors: [ones_like(product)]);
        Expect.Values(x.grad!, 6, 8);
        Assert.ThrowsAny<Exception>(() => product.sum().backward());
    }

    [Fact]
    public void SecondDerivatives()
    {
        using var scope = NewDisposeScope();
        var x = torch.tensor(3.0, requires_grad: true);
        var first = autograd.grad([x.pow(3)], [x], create_graph: true)[0];
        Expect.Values(first, 27);
        first.backward();
        Expect.Values(x.grad!, 18);
    }

    [Fact]
    public void AnInPlaceChangeOfWhatTheGraphNeedsIsAnError()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var y = x * 1;
        var z = (y * y).sum();
        y.add_(1);
        Assert.ThrowsAny<Exception>(() => z.backward());
        Assert.ThrowsAny<Exception>(() => x.add_(1));
    }
}
