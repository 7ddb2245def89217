using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class ShapeTests
{
    private static Tensor Six => torch.tensor(new float[] { 1, 2, 3, 4, 5, 6 }, 2, 3);

    [Fact]
    public void ViewsShareMemory()
    {
        using var scope = NewDisposeScope();
        var t = Six;
        t.view(3, 2)[0, 1] = 9f;
        t.view_as(zeros(6))[0] = 8f;
        Expect.Values(t, 8, 9, 3, 4, 5, 6);
        Expect.Shape(t.view(-1), 6);
        Assert.ThrowsAny<Exception>(() => t.view(4, 2));
    }

    [Fact]
    public void Reshaping()
    {
        using var scope = NewDisposeScope();
        Expect.Shape(Six.reshape(3, -1), 3, 2);
        Expect.Shape(torch.reshape(Six, 6), 6);
        Expect.Shape(Six.flatten(), 6);
        Expect.Shape(torch.flatten(zeros(2, 3, 4), 1), 2, 12);
        Expect.Shape(zeros(2, 6).unflatten(1, 2, 3), 2, 2, 3);
        Expect.Shape(zeros(1, 2, 1).squeeze(), 2);
        Expect.Shape(zeros(1, 2, 1).squeeze(0), 2, 1);
        Expect.Shape(Six.unsqueeze(-1), 2, 3, 1);
        Expect.Shape(torch.unsqueeze(Six, 0), 1, 2, 3);
        Expect.Values(Six.transpose(0, 1).contiguous().view(-1), 1, 4, 2, 5, 3, 6);
    }

    [Fact]
    public void Reordering()
    {
        using var scope = NewDisposeScope();
        Tensor[] turned =
        [
            Six.t(), Six.transpose(0, 1), Six.swapdims(0, 1), Six.swapaxes(0, 1), torch.transpose(Six, -1, -2), Six.permute(1, 0),
            torch.permute(Six, 1, 0)
        ];
        foreach (var t in turned) Expect.Values(t, 1, 4, 2, 5, 3, 6);
        Expect.Shape(zeros(2, 3, 4).movedim([0], [2]), 3, 4, 2);
        Expect.Values(Six.flip(1), 3, 2, 1, 6, 5, 4);
        Expect.Values(torch.flip(Six, 0), 4, 5, 6, 1, 2, 3);
        Expect.Values(Six.roll(1, 1), 3, 1, 2, 6, 4, 5);
        Expect.Values(Six.roll(1), 6, 1, 2, 3, 4, 5);
        Expect.Values(torch.roll(Six, new long[] { 1, 1 }, new long[] { 0, 1 }), 6, 4, 5, 3, 1, 2);
        Expect.Values(torch.roll(Six, 1, 0), 4, 5, 6, 1, 2, 3);
        Expect.Values(Six.roll(new long[] { 1 }, new long[] { 0 }), 4, 5, 6, 1, 2, 3);
    }

    [Fact]
    public void Repeating()
    {
        using var scope = NewDisposeScope();
        var row = torch.tensor(new float[] { 1, 2 });
        Expect.Values(row.expand(2, 2), 1, 2, 1, 2);
        Expect.Values(row.expand((ReadOnlySpan<long>)[2, -1]), 1, 2, 1, 2);
        Expect.Values(row.expand_as(zeros(2, 2)), 1, 2, 1, 2);
        Expect.Values(row.broadcast_to(2, 2), 1, 2, 1, 2);
        Expect.Values(row.repeat(2, 2), 1, 2, 1, 2, 1, 2, 1, 2);
        Expect.Values(row.repeat_interleave(2), 1, 1, 2, 2);
        Expect.Values(row.unsqueeze(0).repeat_interleave(2, 0), 1, 2, 1, 2);
    }

    [Fact]
    public void Triangles()
    {
        using var scope = NewDisposeScope();
        foreach (var t in new[] { ones(2, 2).tril(), torch.tril(ones(2, 2)) }) Expect.Values(t, 1, 0, 1, 1);
        foreach (var t in new[] { ones(2, 2).triu(1), torch.triu(ones(2, 2), 1) }) Expect.Values(t, 0, 1, 0, 0);
        Expect.Values(Six.diagonal(0, 0, 1), 1, 5);
    }

    [Fact]
    public void Splitting()
    {
        using var scope = NewDisposeScope();
        var t = arange(5);
        Assert.Equal([2, 2, 1], t.split(2).Select(p => p.numel()));
        Assert.Equal([1, 4], t.split([1, 4]).Select(p => p.numel()));
        Assert.Equal([1, 4], torch.split(t, [1, 4]).Select(p => p.numel()));
        Assert.Equal([3, 2], t.chunk(2).Select(p => p.numel()));
        Assert.Equal([3, 2], torch.chunk(t, 2).Select(p => p.numel()));
        Assert.Equal([0, 1, 2, 3, 4], t.unbind().Select(p => p.ToInt64()));
        Assert.Equal(3, torch.unbind(Six, 1).Length);
        Assert.Equal(3, Six.split(1, 1).Length);
    }

    [Fact]
    public void Joining()
    {
        using var scope = NewDisposeScope();
        var row = torch.tensor(new float[] { 1, 2 }, 1, 2);
        Expect.Values(torch.cat([row, row]), 1, 2, 1, 2);
        Expect.Shape(torch.cat([row, row], 1), 1, 4);
        Expect.Shape(torch.concat([row, row, row], -1), 1, 6);
        Expect.Shape(torch.stack([row, row], 1), 1, 2, 2);
        Expect.Shape(torch.stack(Enumerable.Repeat(row, 300)), 300, 1, 2);
        Assert.ThrowsAny<Exception>(() => torch.cat([row, zeros(3, 3)]));
        var grid = torch.meshgrid([arange(2), arange(3)], indexing: "ij");
        Expect.Whole(grid[0], 0, 0, 0, 1, 1, 1);
        Expect.Whole(grid[1], 0, 1, 2, 0, 1, 2);
        Expect.Values(torch.clone(row), 1, 2);
    }
}
