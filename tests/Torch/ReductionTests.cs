using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class ReductionTests
{
    private static Tensor T => torch.tensor(new float[] { 1, 5, 2, 4, 3, 9 }, 2, 3);

    [Fact]
    public void Sums()
    {
        using var scope = NewDisposeScope();
        foreach (var t in new[] { T.sum(), torch.sum(T) }) Expect.Values(t, 24);
        foreach (var t in new[] { T.sum(1), T.sum(new long[] { 1 }), T.sum((ReadOnlySpan<long>)[1]), torch.sum(T, 1L), torch.sum(T, [-1]) })
            Expect.Values(t, 8, 16);
        Expect.Values(T.sum(0L), 5, 8, 11);
        Expect.Shape(T.sum(1, keepdim: true), 2, 1);
        Assert.Equal(ScalarType.Float64, T.sum([0, 1], type: ScalarType.Float64).dtype);
        Assert.Equal(ScalarType.Int64, (T > 2).sum().dtype);
        Expect.Values(T.cumsum(1), 1, 6, 8, 4, 7, 16);
        Expect.Values(torch.cumsum(T, 0), 1, 5, 2, 5, 8, 11);
        foreach (var t in new[] { T.prod(), torch.prod(T) }) Expect.Values(t, 1080);
        Expect.Values(T.prod(1), 10, 108);
    }

    [Fact]
    public void MeansAndSpreads()
    {
        using var scope = NewDisposeScope();
        foreach (var t in new[] { T.mean(), torch.mean(T) }) Expect.Values(t, 4);
        foreach (var t in new[] { T.mean([-1]), torch.mean(T, [1]) }) Expect.Values(t, 8 / 3.0, 16 / 3.0);
        Expect.Shape(T.mean([0], keepdim: true), 1, 3);
        foreach (var t in new[] { T.std(), torch.std(T) }) Expect.Values(t, Math.Sqrt(8));
        Expect.Values(T.var(0, unbiased: false), 2.25, 1, 12.25);
        Expect.Values(T.std(0, unbiased: false), 1.5, 1, 3.5);
        Expect.Values(T.var([0L], unbiased: false), 2.25, 1, 12.25);
        Expect.Shape(T.std([0L], unbiased: false, keepdim: true), 1, 3);
    }

    [Fact]
    public void Extremes()
    {
        using var scope = NewDisposeScope();
        foreach (var t in new[] { T.max(), torch.max(T) }) Expect.Values(t, 9);
        foreach (var t in new[] { T.min(), torch.min(T) }) Expect.Values(t, 1);
        foreach (var (values, indexes) in new[] { T.max(1), torch.max(T, 1) })
        {
            Expect.Values(values, 5, 9);
            Expect.Whole(indexes, 1, 2);
        }
        foreach (var (values, indexes) in new[] { T.min(1), torch.min(T, 1) })
        {
            Expect.Values(values, 1, 3);
            Expect.Whole(indexes, 0, 1);
        }
        Expect.Values(T.amax(1), 5, 9);
        Expect.Values(T.amin(0), 1, 3, 2);
        Expect.Shape(T.amax((ReadOnlySpan<long>)[1], true), 2, 1);
        Expect.Shape(T.amin((ReadOnlySpan<long>)[1], true), 2, 1);
        foreach (var t in new[] { T.argmax(), torch.argmax(T) }) Expect.Whole(t, 5);
        foreach (var t in new[] { T.argmin(), torch.argmin(T) }) Expect.Whole(t, 0);
        foreach (var t in new[] { T.argmax(-1), torch.argmax(T, -1) }) Expect.Whole(t, 1, 2);
        foreach (var t in new[] { T.argmin(1), torch.argmin(T, 1) }) Expect.Whole(t, 0, 1);
    }

    [Fact]
    public void Orders()
    {
        using var scope = NewDisposeScope();
        foreach (var t in new[] { T.argsort(), torch.argsort(T) }) Expect.Whole(t, 0, 2, 1, 1, 0, 2);
        foreach (var (values, indices) in new[] { T.sort(1, descending: true), torch.sort(T, 1, descending: true) })
        {
            Expect.Values(values, 5, 2, 1, 9, 4, 3);
            Expect.Whole(indices, 1, 2, 0, 2, 0, 1);
        }
        foreach (var (values, indices) in new[] { T.topk(2), torch.topk(T, 2) })
        {
            Expect.Values(values, 5, 2, 9, 4);
            Expect.Whole(indices, 1, 2, 2, 0);
        }
        Expect.Values(T.topk(1, 0, largest: false).values, 1, 3, 2);
    }

    [Fact]
    public void Norms()
    {
        using var scope = NewDisposeScope();
        var t = torch.tensor(new float[] { 3, -4, 6, 8 }, 2, 2);
        Expect.Values(t.norm(), Math.Sqrt(125));
        Expect.Values(torch.norm(t), Math.Sqrt(125));
        Expect.Values(t.norm(1f), 21);
        Expect.Values(t.norm(1), 5, 10);
        Expect.Shape(t.norm(1, keepdim: true), 2, 1);
        Expect.Values(t.norm(0, p: 1), 9, 12);
        foreach (var r in new[] { zeros(4).logsumexp(0), torch.logsumexp(zeros(4), 0) }) Expect.Values(r, Math.Log(4));
    }

    [Fact]
    public void TruthAndCounts()
    {
        using var scope = NewDisposeScope();
        var t = torch.tensor(new[,] { { true, false }, { true, true } });
        foreach (var r in new[] { t.any(), torch.any(t) }) Expect.Truth(r, true);
        foreach (var r in new[] { t.all(), torch.all(t) }) Expect.Truth(r, false);
        foreach (var r in new[] { t.any(1), torch.any(t, 1) }) Expect.Truth(r, true, true);
        foreach (var r in new[] { t.all(1), torch.all(t, 1) }) Expect.Truth(r, false, true);
        Expect.Whole(torch.tensor(new long[] { 0, 2, 2 }).bincount(null), 1, 0, 2);
    }
}
