using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using Xunit;
using static MLNet.VisionLanguage.Tests.Engine.EveryEngine;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>
/// Masks of every size and masks of groups. Queries and keys are 0, so that masks alone decide; -10000 hides a key, ln 3 makes one weigh
/// three times another.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class MaskedAttentionTests
{
    private const float Not = -10000, Three = 1.0986123f;

    /// <summary>Two rows, two keys, two heads of one number each.</summary>
    private static readonly OnnxTensor Zero = Zeros(2, 2, 2);

    private static readonly OnnxTensor Values = Floats([1, 10, 3, 30, 5, 50, 7, 70], 2, 2, 2);

    [Fact]
    public void A_mask_may_differ_by_row_head_and_query()
    {
        // [1, heads, L, S], as a bias of relative places: the first head reads its own place, the second the other's.
        Gives(
            Floats([1, 30, 3, 10, 5, 70, 7, 50], 2, 2, 2), Attend, Zero, Values,
            Floats([0, Not, Not, 0, Not, 0, 0, Not], 1, 2, 2, 2));

        // [B, 1, L, S], as a text that reads what comes before, whose second row lacks the second key.
        Gives(
            Floats([1, 10, 2, 20, 5, 50, 5, 50], 2, 2, 2), Attend, Zero, Values,
            Floats([0, Not, 0, 0, 0, Not, 0, Not], 2, 1, 2, 2));

        // [1, 1, L, S], [B, 1, 1, S] and [1, heads, 1, S].
        Gives(Floats([1, 10, 2, 20, 5, 50, 6, 60], 2, 2, 2), Attend, Zero, Values, Floats([0, Not, 0, 0], 1, 1, 2, 2));
        Gives(Floats([1, 10, 1, 10, 7, 70, 7, 70], 2, 2, 2), Attend, Zero, Values, Floats([0, Not, Not, 0], 2, 1, 1, 2));
        Gives(Floats([2.5f, 10, 2.5f, 10, 6.5f, 50, 6.5f, 50], 2, 2, 2), Attend, Zero, Values, Floats([0, Three, 0, Not], 1, 2, 1, 2));

        static object Attend(IRegionEngine<object> e, object[] x) => e.Attention(x[0], x[0], x[1], 2, 1, x[2]);
    }

    [Fact]
    public void Groups_attend_to_themselves_under_masks_of_their_own()
    {
        // Two rows of two windows: the first window's queries read both keys, the second's their own.
        var zero = Zeros(2, 2, 2, 2);
        var values = Floats([1, 10, 3, 30, 5, 50, 7, 70, 1, 10, 3, 30, 5, 50, 7, 70], 2, 2, 2, 2);
        var masks = Floats([0, 0, 0, 0, 0, Not, Not, 0], 2, 2, 2);
        Gives(
            Floats([2, 20, 2, 20, 6, 60, 6, 60, 2, 20, 2, 20, 6, 60, 6, 60], 2, 2, 2, 2),
            (e, x) => e.Attention(x[0], x[0], x[1], 2, 1, null, inGroups: true), zero, values);
        Gives(
            Floats([2, 20, 2, 20, 5, 50, 7, 70, 2, 20, 2, 20, 5, 50, 7, 70], 2, 2, 2, 2),
            (e, x) => e.Attention(x[0], x[0], x[1], 2, 1, null, inGroups: true, groupMask: x[2]), zero, values, masks);

        // With a bias of the heads beside it.
        Gives(
            Floats([2.5f, 20, 2.5f, 20, 5, 50, 7, 70, 2.5f, 20, 2.5f, 20, 5, 50, 7, 70], 2, 2, 2, 2),
            (e, x) => e.Attention(x[0], x[0], x[1], 2, 1, x[3], inGroups: true, groupMask: x[2]), zero, values, masks,
            Floats([0, Three, 0, 0], 1, 2, 1, 2));

        // A group of one, queries that share a mask, and no rows at all.
        Gives(
            Floats([1, 10, 1, 10, 5, 50, 5, 50], 2, 1, 2, 2),
            (e, x) => e.Attention(x[0], x[0], x[1], 2, 1, null, inGroups: true, groupMask: x[2]), Zeros(2, 1, 2, 2),
            Floats(Values.Singles, 2, 1, 2, 2), Floats([0, Not], 1, 1, 2));
        Gives(
            Zeros(0, 2, 2, 2),
            (e, x) => e.Attention(x[0], x[0], x[0], 2, 1, null, inGroups: true, groupMask: x[1]), Zeros(0, 2, 2, 2), masks);
    }

    [Fact]
    public void Masks_of_other_sizes_are_refused()
    {
        Refuses((e, x) => e.Attention(x[0], x[0], x[1], 2, 1, x[2]), Zero, Values, Zeros(3, 1, 1, 2));
        Refuses((e, x) => e.Attention(x[0], x[0], x[1], 2, 1, x[2]), Zero, Values, Zeros(1, 3, 1, 2));
        Refuses((e, x) => e.Attention(x[0], x[0], x[1], 2, 1, x[2]), Zero, Values, Zeros(1, 1, 3, 2));
        var (zero, values) = (Zeros(2, 2, 2, 2), Zeros(2, 2, 2, 2));
        Refuses((e, x) => e.Attention(x[0], x[0], x[1], 2, 1, null, inGroups: true, groupMask: x[2]), zero, values, Zeros(3, 2, 2));
        Refuses((e, x) => e.Attention(x[0], x[0], x[1], 2, 1, null, inGroups: true, groupMask: x[2]), zero, values, Zeros(2, 2, 3));
        Refuses((e, x) => e.Attention(x[0], x[0], x[1], 2, 1, null, inGroups: true), Zero, Values);
    }

    [Fact]
    public void A_mask_that_learns_gets_the_gradient_that_differences_have()
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters([], CPU);
        var engine = new TorchEngine(parameters);
        var mask = torch.zeros(1, 2, 2, 2).requires_grad_();
        var context = engine.Attention(torch.zeros(2, 2, 2), torch.zeros(2, 2, 2), torch.tensor(Values.Singles, 2, 2, 2), 2, 1, mask);
        context.sum().backward();

        // Each weight is ½: d(context)/d(mask) = ½ · ½ · (value - other value), over both rows.
        GoldenAssert.Close([-1, 1, -1, 1, -10, 10, -10, 10], mask.grad!.data<float>().ToArray(), 1e-5, "mask");
    }

    [Fact]
    public void Dropped_rows_are_dropped_whole_and_the_others_scaled()
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters([], CPU);
        using var random = new Generator(5, CPU);
        var engine = new TorchEngine(parameters) { Training = true, Random = random };
        var rows = engine.DropRows(torch.ones(4000, 2, 3), 0.25).reshape(-1, 6);
        Assert.Equal(0, rows.amin([1]).ne(rows.amax([1])).count_nonzero().ToInt64());
        var kept = rows.select(1, 0);
        Assert.All(kept.data<float>(), value => Assert.True(value == 0 || MathF.Abs(value - (1 / 0.75f)) < 1e-6));
        Assert.InRange(kept.count_nonzero().ToInt64(), 2900, 3100);
    }
}
