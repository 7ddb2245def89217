using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class ComparisonTests
{
    [Fact]
    public void ComparisonsReturnTensors()
    {
        using var scope = NewDisposeScope();
        var a = torch.tensor(new float[] { 1, 2, 3 });
        var b = torch.tensor(new float[] { 3, 2, 1 });
        foreach (var t in new[] { a == b, a.eq(b), torch.eq(a, b), a == (Scalar)2, (Scalar)2 == a, a.eq(2) })
            Expect.Truth(t, false, true, false);
        foreach (var t in new[] { a != b, a.ne(b), torch.ne(a, b), a != (Scalar)2, (Scalar)2 != a, a.ne(2) })
            Expect.Truth(t, true, false, true);
        foreach (var t in new[] { a < b, a.lt(b), torch.lt(a, b), a < (Scalar)2, (Scalar)2 > a, a.lt(2) })
            Expect.Truth(t, true, false, false);
        foreach (var t in new[] { a <= b, a.le(b), torch.le(a, b), a <= (Scalar)2, (Scalar)2 >= a, a.le(2) })
            Expect.Truth(t, true, true, false);
        foreach (var t in new[] { a > b, a.gt(b), torch.gt(a, b), a > (Scalar)2, (Scalar)2 < a, a.gt(2) })
            Expect.Truth(t, false, false, true);
        foreach (var t in new[] { a >= b, a.ge(b), torch.ge(a, b), a >= (Scalar)2, (Scalar)2 <= a, a.ge(2) })
            Expect.Truth(t, false, true, true);
    }

    [Fact]
    public void LogicOnTruthValues()
    {
        using var scope = NewDisposeScope();
        var a = torch.tensor(new[] { true, true, false, false });
        var b = torch.tensor(new[] { true, false, true, false });
        foreach (var t in new[] { a & b, a.logical_and(b), torch.logical_and(a, b), a.bitwise_and(b) })
            Expect.Truth(t, true, false, false, false);
        foreach (var t in new[] { a | b, a.logical_or(b), torch.logical_or(a, b), a.bitwise_or(b) })
            Expect.Truth(t, true, true, true, false);
        foreach (var t in new[] { a ^ b, a.logical_xor(b), torch.logical_xor(a, b), a.bitwise_xor(b) })
            Expect.Truth(t, false, true, true, false);
        foreach (var t in new[] { ~a, a.logical_not(), torch.logical_not(a), a.bitwise_not() }) Expect.Truth(t, false, false, true, true);
    }

    [Fact]
    public void SpecialValuesAreRecognised()
    {
        using var scope = NewDisposeScope();
        var t = torch.tensor(new[] { 1f, float.NaN, float.PositiveInfinity });
        foreach (var r in new[] { t.isnan(), torch.isnan(t) }) Expect.Truth(r, false, true, false);
        foreach (var r in new[] { t.isinf(), torch.isinf(t) }) Expect.Truth(r, false, false, true);
        foreach (var r in new[] { t.isfinite(), torch.isfinite(t) }) Expect.Truth(r, true, false, false);
    }

    [Fact]
    public void AllcloseAllowsATolerance()
    {
        using var scope = NewDisposeScope();
        var a = ones(3);
        Assert.True(a.allclose(a + 1e-6f));
        Assert.False(a.allclose(a + 1e-3f));
        Assert.True(torch.allclose(a, a + 1e-3f, atol: 1e-2));
        Assert.False(torch.allclose(a * float.NaN, a * float.NaN));
        Assert.True(torch.allclose(a * float.NaN, a * float.NaN, equal_nan: true));
    }
}
