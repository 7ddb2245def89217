using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class FunctionalTests
{
    private static Tensor X => torch.tensor(new[] { -1.0, 0, 2 });

    [Fact]
    public void LinearIsAProductWithTheTransposedWeight()
    {
        using var scope = NewDisposeScope();
        var weight = torch.tensor(new double[] { 1, 2, 3, 0, 1, 0 }, [2, 3]);
        Expect.Values(F.linear(X, weight), 5, 0);
        Expect.Values(F.linear(X, weight, torch.tensor(new double[] { 1, -1 })), 6, -1);
    }

    [Fact]
    public void Activations()
    {
        using var scope = NewDisposeScope();
        Expect.Close(F.gelu(X), 1e-9, -0.15865525393145707, 0, 1.9544997361036416);
        Expect.Values(F.relu(X), 0, 0, 2);
        Expect.Values(F.leaky_relu(X, 0.1), -0.1, 0, 2);
        Expect.Values(F.tanh(X), Math.Tanh(-1), 0, Math.Tanh(2));
        Expect.Values(F.silu(X), -0.2689414213699951, 0, 1.7615941559557646);
        Expect.Values(F.sigmoid(X), 0.2689414213699951, 0.5, 0.8807970779778823);
        Expect.Values(F.softplus(X), Math.Log(1 + Math.Exp(-1)), Math.Log(2), Math.Log(1 + Math.Exp(2)));
        Expect.Values(F.softmax(zeros(1, 4), -1), 0.25, 0.25, 0.25, 0.25);
        Expect.Values(F.log_softmax(zeros(1, 2), 1), -Math.Log(2), -Math.Log(2));
        var changed = X;
        F.relu(changed, inplace: true);
        Expect.Values(changed, 0, 0, 2);
    }

    [Fact]
    public void LayerNormHasZeroMeanAndUnitVariance()
    {
        using var scope = NewDisposeScope();
        var x = torch.tensor(new double[] { 1, 3, 2, 6 }, [2, 2]);
        Expect.Values(F.layer_norm(x, [2], eps: 0), -1, 1, -1, 1);
        Expect.Values(F.layer_norm(x, [2], torch.tensor(new double[] { 2, 3 }), torch.tensor(new double[] { 1, 1 }), 0), -1, 4, -1, 4);
        Expect.Values(F.layer_norm(x, [2], eps: 3), -0.5, 0.5, -2 / Math.Sqrt(7), 2 / Math.Sqrt(7));
    }

    [Fact]
    public void DropoutScalesWhatItKeeps()
    {
        using var scope = NewDisposeScope();
        torch.manual_seed(3);
        var x = ones(10000);
        Expect.Values(F.dropout(x, 0.25, training: false).mean(), 1);
        var dropped = F.dropout(x, 0.25);
        Assert.InRange(dropped.eq(0).@float().mean().ToSingle(), 0.22f, 0.28f);
        Expect.Values(dropped.max(), 1 / 0.75);
        Expect.Values(F.dropout(x, 1).sum(), 0);
        F.dropout(x, 0.5, true, inplace: true);
        Assert.True(x.eq(0).any().ToBoolean());
    }

    [Fact]
    public void OneHotAndPad()
    {
        using var scope = NewDisposeScope();
        Expect.Whole(F.one_hot(torch.tensor(new long[] { 1, 0 }), 3), 0, 1, 0, 1, 0, 0);
        Expect.Whole(F.one_hot(torch.tensor(new long[] { 1, 0 })), 0, 1, 1, 0);
        Expect.Values(F.pad(X, [1, 2], value: 9), 9, -1, 0, 2, 9, 9);
        Expect.Shape(F.pad(zeros(2, 3), [0, 0, 1, 0]), 3, 3);
    }

    [Fact]
    public void AttentionAgreesWithItsFormula()
    {
        using var scope = NewDisposeScope();
        torch.manual_seed(5);
        var (q, k, v) = (randn(1, 2, 3, 4), randn(1, 2, 5, 4), randn(1, 2, 5, 4));
        var weights = (q.matmul(k.transpose(-1, -2)) / 2).softmax(-1);
        Assert.True(F.scaled_dot_product_attention(q, k, v).allclose(weights.matmul(v), atol: 1e-6));
        var mask = torch.tensor(new[] { true, true, true, false, false });
        var masked = (q.matmul(k.transpose(-1, -2)) / 2).masked_fill(~mask, float.NegativeInfinity).softmax(-1);
        Assert.True(F.scaled_dot_product_attention(q, k, v, mask.expand(3, 5)).allclose(masked.matmul(v), atol: 1e-6));
        var causal = F.scaled_dot_product_attention(k, k, v, is_casual: true);
        Assert.True(causal[0, 0, 0].allclose(v[0, 0, 0], atol: 1e-6));
        Assert.Throws<ArgumentException>(() => F.scaled_dot_product_attention(k, k, v, zeros(5, 5), is_casual: true));
    }
}
