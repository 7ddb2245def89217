using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class LayerTests
{
    [Fact]
    public void LinearLearnsAWeightAndABias()
    {
        using var scope = NewDisposeScope();
        var linear = nn.Linear(3, 2);
        Expect.Shape(linear.weight!, 2, 3);
        Expect.Shape(linear.bias!, 2);
        Assert.Equal(["bias", "weight"], linear.state_dict().Keys.Order(StringComparer.Ordinal));
        var x = randn(4, 3);
        Assert.True(linear.call(x).allclose(x.matmul(linear.weight!.t()) + linear.bias!, atol: 1e-6));
        var bound = 1 / Math.Sqrt(3);
        Assert.InRange(linear.weight!.abs().max().ToDouble(), 0, bound);
        Assert.True(nn.Linear(3, 2, false).bias is null);
        Assert.Equal(ScalarType.Float64, nn.Linear(3, 2, dtype: ScalarType.Float64).weight!.dtype);
    }

    [Fact]
    public void LinearStartsAsPyTorchStartsIt()
    {
        using var scope = NewDisposeScope();
        torch.manual_seed(0);
        var linear = nn.Linear(2, 1);
        // torch.manual_seed(0); torch.nn.Linear(2, 1)
        Expect.Close(linear.weight!.detach(), 1e-5, -0.00529, 0.37932);
        Expect.Close(linear.bias!.detach(), 1e-4, -0.58198);
    }

    [Fact]
    public void EmbeddingLooksRowsUpAndLeavesThePaddingRow()
    {
        using var scope = NewDisposeScope();
        var embedding = nn.Embedding(4, 2, padding_idx: 0);
        Expect.Values(embedding.weight!.detach()[0], 0, 0);
        var ids = torch.tensor(new long[] { 0, 1, 1 });
        var rows = embedding.call(ids);
        Expect.Shape(rows, 3, 2);
        rows.sum().backward();
        Expect.Values(embedding.weight!.grad!, 0, 0, 2, 2, 0, 0, 0, 0);
        Assert.True(embedding.call(ids.@int()).allclose(rows));
        Assert.True(embedding.call(ids.view(3, 1)).shape.SequenceEqual([3L, 1, 2]));
        Assert.ThrowsAny<Exception>(() => embedding.call(torch.tensor(new long[] { 4 })));
        var given = nn.Embedding_from_pretrained(torch.tensor(new float[] { 1, 2, 3, 4 }, 2, 2));
        Expect.Values(given.call(torch.tensor(new long[] { 1 })), 3, 4);
        Assert.False(given.weight!.requires_grad);
        Assert.True(nn.Embedding_from_pretrained(zeros(1, 1), freeze: false).weight!.requires_grad);
    }

    [Fact]
    public void LayerNormStartsAsTheIdentityScale()
    {
        using var scope = NewDisposeScope();
        var norm = nn.LayerNorm(2, eps: 0);
        Expect.Values(norm.weight.detach(), 1, 1);
        Expect.Values(norm.bias!.detach(), 0, 0);
        Expect.Values(norm.call(torch.tensor(new float[] { 1, 5 })), -1, 1);
        Assert.Equal(["bias", "weight"], norm.state_dict().Keys.Order(StringComparer.Ordinal));
        Assert.True(nn.LayerNorm(2, bias: false).bias is null);
        Assert.Empty(nn.LayerNorm([2, 2], elementwise_affine: false).parameters());
        Expect.Shape(nn.LayerNorm([2, 3]).weight, 2, 3);
    }

    [Fact]
    public void DropoutFollowsTheTrainingMode()
    {
        using var scope = NewDisposeScope();
        torch.manual_seed(4);
        var dropout = nn.Dropout(0.5);
        Assert.True(dropout.call(ones(100)).eq(0).any().ToBoolean());
        dropout.eval();
        Expect.Values(dropout.call(ones(2)), 1, 1);
        Assert.True(nn.Dropout(1e-9).call(ones(100)).allclose(ones(100)));
    }

    [Fact]
    public void DropoutRepeatsWithTheSeed()
    {
        using var scope = NewDisposeScope();
        var dropout = nn.Dropout(0.1);
        torch.manual_seed(8);
        var first = dropout.call(ones(1000));
        torch.manual_seed(8);
        Assert.True(first.eq(dropout.call(ones(1000))).all().ToBoolean());
    }

    [Fact]
    public void ActivationsAsModules()
    {
        using var scope = NewDisposeScope();
        var x = torch.tensor(new[] { -1.0, 0, 2 });
        Expect.Close(nn.GELU().call(x), 1e-9, -0.15865525393145707, 0, 1.9544997361036416);
        Expect.Values(nn.ReLU().call(x), 0, 0, 2);
        Expect.Values(nn.SiLU().call(x), -0.2689414213699951, 0, 1.7615941559557646);
        Expect.Values(nn.Tanh().call(x), Math.Tanh(-1), 0, Math.Tanh(2));
        Expect.Values(nn.Sigmoid().call(x), 0.2689414213699951, 0.5, 0.8807970779778823);
        Expect.Values(nn.Softmax(0).call(zeros(2)), 0.5, 0.5);
        Expect.Values(nn.Identity().call(x), -1, 0, 2);
    }

    [Fact]
    public void Containers()
    {
        using var scope = NewDisposeScope();
        var sequential = nn.Sequential(nn.Linear(2, 3), nn.GELU(), nn.Linear(3, 1));
        Assert.Equal(["0.bias", "0.weight", "2.bias", "2.weight"], sequential.state_dict().Keys.Order(StringComparer.Ordinal));
        var x = randn(4, 2);
        var result = sequential.call(x);
        Expect.Shape(result, 4, 1);
        Assert.True(result.allclose(((Linear)sequential[2]).call(sequential[1].call(sequential[0].call(x)))));
        Assert.Equal(3, sequential.Count);
        var named = nn.Sequential(("first", nn.Linear(2, 2)), ("second", nn.Tanh()));
        Assert.Contains("first.weight", named.state_dict().Keys);
        named.append("third", nn.Linear(2, 5)).append(nn.ReLU());
        Expect.Shape(named.call(x), 4, 5);
        result.sum().backward();
        Assert.All(sequential.parameters(), p => Assert.False(p.grad is null));

        var list = nn.ModuleList(nn.Linear(1, 1), nn.Linear(1, 1));
        list.append(nn.Linear(1, 1));
        list.Add(nn.Linear(1, 1));
        list.extend([nn.Linear(1, 1)]);
        Assert.Equal(5, list.Count);
        Assert.Same(list[1], list.ElementAt(1));
        Assert.Equal(1, list.IndexOf(list[1]));
        Assert.Contains(list[2], list);
        list.RemoveAt(4);
        list.Insert(0, list[3]);
        Assert.True(list.Remove(list[0]));
        Assert.Equal(4, list.Count);
    }

    private sealed class Holder : nn.Module<Tensor, Tensor>
    {
        public readonly ModuleDict<Linear> heads = nn.ModuleDict(("vqa", nn.Linear(1, 2)), ("gqa", nn.Linear(1, 3)));
        public readonly ParameterDict scales = nn.ParameterDict(("a", nn.Parameter(ones(1))));

        public Holder() : base(nameof(Holder)) => RegisterComponents();

        public override Tensor forward(Tensor x) => heads["vqa"].call(x) * scales["a"];
    }

    [Fact]
    public void DictionariesOfModulesAndParameters()
    {
        using var scope = NewDisposeScope();
        var holder = new Holder();
        Assert.Equal(
            ["heads.gqa.bias", "heads.gqa.weight", "heads.vqa.bias", "heads.vqa.weight", "scales.a"],
            holder.state_dict().Keys.Order(StringComparer.Ordinal));
        Expect.Shape(holder.call(ones(4, 1)), 4, 2);
        Assert.Equal(["vqa", "gqa"], holder.heads.keys());
        Assert.Equal(2, holder.heads.Count);
        Assert.True(holder.heads.ContainsKey("gqa"));
        Assert.True(holder.heads.TryGetValue("gqa", out var head));
        Assert.Same(head, holder.heads.values().Last());
        Assert.False(holder.heads.TryGetValue("other", out _));
        var loose = new ParameterDict { { "x", nn.Parameter(zeros(1)) } };
        Assert.True(loose.ContainsKey("x"));
        Assert.True(loose.Remove("x"));
        Assert.False(loose.ContainsKey("x"));
    }

    [Fact]
    public void Initialisers()
    {
        using var scope = NewDisposeScope();
        torch.manual_seed(6);
        var t = nn.Parameter(zeros(100, 300));
        Assert.Same(t, nn.init.normal_(t, 1, 0.02));
        Assert.InRange(t.mean().ToSingle(), 0.99f, 1.01f);
        Assert.InRange(t.std().ToSingle(), 0.019f, 0.021f);
        nn.init.uniform_(t, -2, 4);
        Assert.InRange(t.mean().ToSingle(), 0.9f, 1.1f);
        nn.init.xavier_uniform_(t);
        Assert.InRange(t.abs().max().ToDouble(), 0.99 * Math.Sqrt(6.0 / 400), Math.Sqrt(6.0 / 400) + 1e-6);
        nn.init.kaiming_uniform_(t, Math.Sqrt(5));
        Assert.InRange(t.abs().max().ToDouble(), 0.99 / Math.Sqrt(300), 1 / Math.Sqrt(300) + 1e-6);
        nn.init.kaiming_normal_(t, nonlinearity: nn.init.NonlinearityType.ReLU);
        Assert.InRange(t.std().ToDouble(), 0.98 * Math.Sqrt(2.0 / 300), 1.02 * Math.Sqrt(2.0 / 300));
        Assert.True(nn.init.constant_(t, 3).eq(3).all().ToBoolean());
        Assert.True(nn.init.zeros_(t).eq(0).all().ToBoolean());
        Assert.True(nn.init.ones_(t).eq(1).all().ToBoolean());
        Assert.True(t.is_leaf && t.requires_grad);
        Assert.Equal((300, 100), nn.init.CalculateFanInAndFanOut(t));
        Assert.Equal(5.0 / 3, nn.init.calculate_gain(nn.init.NonlinearityType.Tanh), 1e-12);
    }

    [Fact]
    public void ClippingBoundsTheCommonNorm()
    {
        using var scope = NewDisposeScope();
        var a = nn.Parameter(zeros(2));
        var b = nn.Parameter(zeros(1));
        var without = nn.Parameter(zeros(1));
        a.grad = torch.tensor(new float[] { 3, 0 });
        b.grad = torch.tensor(new float[] { 4 });
        Assert.Equal(5, nn.utils.clip_grad_norm_([a, b, without], 1), 1e-5);
        Expect.Close(a.grad!, 1e-5, 0.6, 0);
        Expect.Close(b.grad!, 1e-5, 0.8);
        Assert.Equal(1, nn.utils.clip_grad_norm_([a, b], 10), 1e-5);
        Expect.Close(b.grad!, 1e-5, 0.8);
        nn.utils.clip_grad_value_([a, b], 0.7);
        Expect.Close(b.grad!, 1e-5, 0.7);
        Expect.Close(a.grad!, 1e-5, 0.6, 0);
    }
}
