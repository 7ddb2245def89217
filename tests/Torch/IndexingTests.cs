using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class IndexingTests
{
    private static Tensor Numbers => arange(12).reshape(3, 4).@float();

    [Fact]
    public void NumbersSelect()
    {
        using var scope = NewDisposeScope();
        Expect.Values(Numbers[1], 4, 5, 6, 7);
        Expect.Values(Numbers[^1], 8, 9, 10, 11);
        Expect.Values(Numbers[1, 2], 6);
        Expect.Values(Numbers[-1, -1], 11);
        var deep = arange(24).reshape(2, 3, 2, 2);
        Expect.Values(deep[1, 2, 1], 22, 23);
        Expect.Values(deep[1, 2, 1, 0], 22);
        Assert.ThrowsAny<Exception>(() => Numbers[3]);
    }

    [Fact]
    public void RangesSliceAndEllipsisFills()
    {
        using var scope = NewDisposeScope();
        Expect.Values(Numbers[.., 1..3], 1, 2, 5, 6, 9, 10);
        Expect.Values(Numbers[..^1], 0, 1, 2, 3, 4, 5, 6, 7);
        Expect.Values(Numbers[.., ^2..], 2, 3, 6, 7, 10, 11);
        Expect.Values(Numbers[.., ^1], 3, 7, 11);
        Expect.Values(Numbers[TensorIndex.Ellipsis, 0], 0, 4, 8);
        Expect.Values(Numbers[TensorIndex.Slice(0, null, 2)], 0, 1, 2, 3, 8, 9, 10, 11);
        Expect.Values(Numbers[TensorIndex.Colon, TensorIndex.Slice(3)], 3, 7, 11);
        Expect.Values(Numbers[TensorIndex.Slice((1, 2))], 4, 5, 6, 7);
        Expect.Shape(Numbers[TensorIndex.Colon, TensorIndex.None], 3, 1, 4);
        Expect.Shape(Numbers[TensorIndex.Null], 1, 3, 4);
        Expect.Shape(zeros(2, 3, 4)[.., .., ^1], 2, 3);
        Expect.Shape(zeros(2, 3, 4)[0, TensorIndex.Ellipsis, 1..], 3, 3);
    }

    [Fact]
    public void TensorsGather()
    {
        using var scope = NewDisposeScope();
        var rows = torch.tensor(new long[] { 2, 0 });
        Expect.Values(Numbers[rows], 8, 9, 10, 11, 0, 1, 2, 3);
        Expect.Values(Numbers[rows, torch.tensor(new long[] { 1, 3 })], 9, 3);
        Expect.Values(Numbers[TensorIndex.Colon, TensorIndex.Tensor(rows)], 2, 0, 6, 4, 10, 8);
        Expect.Values(Numbers[Numbers > 9], 10, 11);
        Expect.Values(Numbers.index(TensorIndex.Single(1), TensorIndex.Single(1)), 5);
        Expect.Values(Numbers.index(rows)[0], 8, 9, 10, 11);
    }

    [Fact]
    public void AssignmentsWriteIntoTheTensor()
    {
        using var scope = NewDisposeScope();
        var t = zeros(2, 3);
        t[.., 0] = 7f;
        t[1, 2] = torch.tensor(5f);
        Expect.Values(t, 7, 0, 0, 7, 0, 5);
        t[0] = torch.tensor(new float[] { 1, 2, 3 });
        Expect.Values(t, 1, 2, 3, 7, 0, 5);
        t[t > 4] = 0f;
        Expect.Values(t, 1, 2, 3, 0, 0, 0);
        t[torch.tensor(new long[] { 1 })] = ones(1, 3);
        Expect.Values(t[1], 1, 1, 1);
        t.index_put_(torch.tensor(9f), torch.tensor(new long[] { 0 }), torch.tensor(new long[] { 1 }));
        Expect.Values(t[0], 1, 9, 3);
        t.index_put_(4f, TensorIndex.Single(0));
        Expect.Values(t[0], 4, 4, 4);
        t[TensorIndex.Ellipsis, 1..] = zeros(2, 2);
        Expect.Values(t, 4, 0, 0, 1, 0, 0);
    }

    [Fact]
    public void NamedFormsOfSelection()
    {
        using var scope = NewDisposeScope();
        var rows = torch.tensor(new long[] { 2, 0 });
        Expect.Values(Numbers.select(1, 1), 1, 5, 9);
        Expect.Values(torch.select(Numbers, 0, 0), 0, 1, 2, 3);
        Expect.Values(Numbers.narrow(1, 1, 2), 1, 2, 5, 6, 9, 10);
        Expect.Values(torch.narrow(Numbers, 0, 2, 1), 8, 9, 10, 11);
        Expect.Values(Numbers.slice(1, 0, 4, 3), 0, 3, 4, 7, 8, 11);
        Expect.Values(Numbers.index_select(1, rows), 2, 0, 6, 4, 10, 8);
        Expect.Values(torch.index_select(Numbers, 0, rows)[0], 8, 9, 10, 11);
        var columns = torch.tensor(new long[] { 1, 0, 3 }).unsqueeze(1);
        Expect.Values(Numbers.gather(1, columns), 1, 4, 11);
        Expect.Values(torch.gather(Numbers, 1, columns), 1, 4, 11);
        Expect.Values(Numbers.take_along_dim(columns, 1), 1, 4, 11);
        Expect.Values(Numbers.masked_select(Numbers < 2), 0, 1);
        Expect.Values(torch.masked_select(Numbers, Numbers < 2), 0, 1);
    }

    [Fact]
    public void Scattering()
    {
        using var scope = NewDisposeScope();
        var index = torch.tensor(new long[] { 1, 1, 0 }).unsqueeze(0);
        var source = torch.tensor(new float[] { 1, 2, 3 }).unsqueeze(0);
        Expect.Values(zeros(1, 3).scatter_add(1, index, source), 3, 3, 0);
        Expect.Values(torch.scatter_add(zeros(1, 3), 1, index, source), 3, 3, 0);
        Expect.Values(zeros(1, 3).scatter_add_(1, index, source), 3, 3, 0);
        var distinct = torch.tensor(new long[] { 2, 1, 0 }).unsqueeze(0);
        Expect.Values(zeros(1, 3).scatter(1, distinct, source), 3, 2, 1);
        Expect.Values(torch.scatter(zeros(1, 3), 1, distinct, source), 3, 2, 1);
        Expect.Values(zeros(1, 3).scatter_(1, distinct, source), 3, 2, 1);
        var rows = torch.tensor(new long[] { 0, 0 });
        Expect.Values(zeros(2, 1).index_add(0, rows, ones(2, 1), 3), 6, 0);
        Expect.Values(zeros(2, 1).index_add_(0, rows, ones(2, 1), 1), 2, 0);
    }

    [Fact]
    public void MasksFillAndChoose()
    {
        using var scope = NewDisposeScope();
        var mask = torch.tensor(new[] { true, false });
        Expect.Values(ones(2).masked_fill(mask, -5), -5, 1);
        Expect.Values(ones(2).masked_fill_(mask, float.NegativeInfinity), double.NegativeInfinity, 1);
        Expect.Values(torch.where(mask, ones(2), zeros(2)), 1, 0);
        Expect.Values(ones(2).where(mask, torch.tensor(4f)), 1, 4);
        Assert.Throws<ArgumentException>(() => torch.where(ones(2), ones(2), zeros(2)));
        Expect.Whole(torch.where(mask)[0], 0);
        Expect.Whole(torch.tensor(new float[] { 0, 3, 4 }).nonzero(), 1, 2);
        Expect.Whole(torch.nonzero(mask), 0);
    }
}
