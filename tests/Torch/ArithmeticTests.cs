using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class ArithmeticTests
{
    private static Tensor A => torch.tensor(new float[] { 1, 4 });

    private static Tensor B => torch.tensor(new float[] { 2, 3 });

    [Fact]
    public void OperatorsTakeTensorsAndNumbersOnEitherSide()
    {
        using var scope = NewDisposeScope();
        Expect.Values(A + B, 3, 7);
        Expect.Values(A - B, -1, 1);
        Expect.Values(A * B, 2, 12);
        Expect.Values(A / B, 0.5, 4 / 3.0);
        Expect.Values(A % B, 1, 1);
        Expect.Values(-A, -1, -4);
        foreach (var t in new[] { A + 2, A + 2L, A + 2f, A + 2.0, A + (Scalar)2, 2 + A, 2L + A, 2f + A, 2.0 + A, (Scalar)2 + A })
            Expect.Values(t, 3, 6);
        foreach (var t in new[] { A - 2, A - 2L, A - 2f, A - 2.0, A - (Scalar)2 }) Expect.Values(t, -1, 2);
        foreach (var t in new[] { 2 - A, 2L - A, 2f - A, 2.0 - A, (Scalar)2 - A }) Expect.Values(t, 1, -2);
        foreach (var t in new[] { A * 2, A * 2L, A * 2f, A * 2.0, A * (Scalar)2, 2 * A, 2L * A, 2f * A, 2.0 * A, (Scalar)2 * A })
            Expect.Values(t, 2, 8);
        foreach (var t in new[] { A / 2, A / 2L, A / 2f, A / 2.0, A / (Scalar)2 }) Expect.Values(t, 0.5, 2);
        foreach (var t in new[] { 2 / A, 2L / A, 2f / A, 2.0 / A, (Scalar)2 / A }) Expect.Values(t, 2, 0.5);
        foreach (var t in new[] { A % 3, A % 3L, A % 3f, A % 3.0, A % (Scalar)3 }) Expect.Values(t, 1, 1);
    }

    [Fact]
    public void NumbersDoNotChangeTheTypeOfATensor()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(ScalarType.Float32, (A + 1.0).dtype);
        Assert.Equal(ScalarType.Int64, (arange(2) * 3).dtype);
        Assert.Equal(ScalarType.Float32, (arange(2) * 0.5).dtype);
        Assert.Equal(ScalarType.Float32, (arange(2) / 2).dtype);
    }

    [Fact]
    public void NamedForms()
    {
        using var scope = NewDisposeScope();
        foreach (var t in new[] { A.add(B), torch.add(A, B) }) Expect.Values(t, 3, 7);
        foreach (var t in new[] { A.add(1), torch.add(A, 1) }) Expect.Values(t, 2, 5);
        Expect.Values(A.add(B, 10), 21, 34);
        foreach (var t in new[] { A.sub(B), A.subtract(B), torch.sub(A, B) }) Expect.Values(t, -1, 1);
        foreach (var t in new[] { A.sub(1), A.subtract(1), torch.sub(A, 1) }) Expect.Values(t, 0, 3);
        foreach (var t in new[] { A.mul(B), A.multiply(B), torch.mul(A, B) }) Expect.Values(t, 2, 12);
        foreach (var t in new[] { A.mul(3), A.multiply(3), torch.mul(A, 3) }) Expect.Values(t, 3, 12);
        foreach (var t in new[] { A.div(B), torch.div(A, B) }) Expect.Values(t, 0.5, 4 / 3.0);
        foreach (var t in new[] { A.div(4), torch.div(A, 4) }) Expect.Values(t, 0.25, 1);
        foreach (var t in new[] { A.div(B, RoundingMode.floor), A.floor_divide(B) }) Expect.Values(t, 0, 1);
        Expect.Values((-A).div(3, RoundingMode.trunc), 0, -1);
        Expect.Values(A.remainder(B), 1, 1);
        Expect.Values(A.remainder(3), 1, 1);
        foreach (var t in new[] { A.pow(B), torch.pow(A, B) }) Expect.Values(t, 1, 64);
        foreach (var t in new[] { A.pow(2), torch.pow(A, 2), A.square(), torch.square(A) }) Expect.Values(t, 1, 16);
        Expect.Values(A.addcmul(B, B, 0.5), 3, 8.5);
        Expect.Values(A.addcdiv(A, B, 2), 2, 4 + 8 / 3.0);
        foreach (var t in new[] { A.lerp(B, torch.tensor(0.5f)), torch.lerp(A, B, torch.tensor(0.5f)) }) Expect.Values(t, 1.5, 3.5);
        foreach (var t in new[] { A.maximum(B), torch.maximum(A, B), A.max(B), torch.max(A, B) }) Expect.Values(t, 2, 4);
        foreach (var t in new[] { A.minimum(B), torch.minimum(A, B), A.min(B), torch.min(A, B) }) Expect.Values(t, 1, 3);
    }

    [Fact]
    public void InPlaceFormsChangeAndReturnTheirTensor()
    {
        using var scope = NewDisposeScope();
        (Func<Tensor, Tensor> Change, double[] Expected)[] forms =
        [
            (t => t.add_(B), [3, 7]), (t => t.add_(B, -1), [-1, 1]), (t => t.add_(1), [2, 5]), (t => t.sub_(B), [-1, 1]),
            (t => t.sub_(1), [0, 3]),
            (t => t.mul_(B), [2, 12]), (t => t.mul_(2), [2, 8]), (t => t.div_(B), [0.5, 4 / 3.0]), (t => t.div_(2), [0.5, 2]),
            (t => t.addcmul_(B, B, 0.5), [3, 8.5]), (t => t.addcdiv_(A, B, 2), [2, 4 + 8 / 3.0]),
            (t => t.addcdiv_(A, B), [1.5, 4 + 4 / 3.0]),
            (t => t.lerp_(B, torch.tensor(0.5f)), [1.5, 3.5]), (t => t.sqrt_(), [1, 2]),
            (t => t.fill_(7), [7, 7]),
            (t => t.clamp_(2, 3), [2, 3]), (t => t.relu_(), [1, 4]), (t => t.div_(B, RoundingMode.floor), [0, 1])
        ];
        foreach (var (change, expected) in forms)
        {
            var t = A;
            Assert.Same(t, change(t));
            Expect.Values(t, expected);
        }
    }

    public static TheoryData<string> Functions => new(Pointwise.Keys);

    private static readonly Dictionary<string, (Func<Tensor, Tensor> Method, Func<Tensor, Tensor>? Function, Func<double,
        double> Meaning)> Pointwise = new()
        {
            ["abs"] = (t => t.abs(), torch.abs, Math.Abs),
            ["neg"] = (t => t.neg(), torch.neg, x => -x),
            ["negative"] = (t => t.negative(), null, x => -x),
            ["sqrt"] = (t => t.sqrt(), torch.sqrt, Math.Sqrt),
            ["rsqrt"] = (t => t.rsqrt(), torch.rsqrt, x => 1 / Math.Sqrt(x)),
            ["exp"] = (t => t.exp(), torch.exp, Math.Exp),
            ["log"] = (t => t.log(), torch.log, Math.Log),
            ["log1p"] = (t => t.log1p(), torch.log1p, x => Math.Log(1 + x)),
            ["sign"] = (t => t.sign(), torch.sign, x => Math.Sign(x)),
            ["sin"] = (t => t.sin(), torch.sin, Math.Sin),
            ["cos"] = (t => t.cos(), torch.cos, Math.Cos),
            ["tanh"] = (t => t.tanh(), torch.tanh, Math.Tanh),
            ["sigmoid"] = (t => t.sigmoid(), torch.sigmoid, x => 1 / (1 + Math.Exp(-x))),
            ["relu"] = (t => t.relu(), t => nn.functional.relu(t), x => Math.Max(0, x)),
            ["silu"] = (t => t.silu(), t => nn.functional.silu(t), x => x / (1 + Math.Exp(-x))),
            ["floor"] = (t => t.floor(), torch.floor, Math.Floor),
            ["ceil"] = (t => t.ceil(), torch.ceil, Math.Ceiling),
            ["round"] = (t => t.round(), t => torch.round(t), x => Math.Round(x)),
            ["round1"] = (t => t.round(1), t => torch.round(t, 1), x => Math.Round(x, 1)),
            ["reciprocal"] = (t => t.reciprocal(), torch.reciprocal, x => 1 / x),
            ["clamp"] = (t => t.clamp(0.5, 1), t => torch.clamp(t, 0.5, 1), x => Math.Clamp(x, 0.5, 1)),
            ["clip"] = (t => t.clip(max: 1), null, x => Math.Min(x, 1)),
            ["clamp_min"] = (t => t.clamp_min(1), null, x => Math.Max(x, 1)),
            ["clamp_max"] = (t => t.clamp_max(1), null, x => Math.Min(x, 1))
        };

    [Theory, MemberData(nameof(Functions))]
    public void PointwiseFunctions(string name)
    {
        using var scope = NewDisposeScope();
        double[] at = [-1.7, -0.26, 0.3, 0.74, 2.2];
        if (name is "sqrt" or "rsqrt" or "log" or "log1p") at = [0.3, 0.74, 2.2];
        var (method, function, meaning) = Pointwise[name];
        var expected = at.Select(meaning).ToArray();
        Expect.Close(method(torch.tensor(at)), 1e-12, expected);
        if (function is not null) Expect.Close(function(torch.tensor(at)), 1e-12, expected);
    }

    [Fact]
    public void ErrorFunctionAndTheGeluBuiltOnIt()
    {
        using var scope = NewDisposeScope();
        var one = torch.tensor(1.0);
        Expect.Values(one.erf(), 0.8427007929497149);
        Expect.Values(torch.erf(one), 0.8427007929497149);
        Expect.Values(one.gelu(), 0.8413447460685429);
    }

    [Fact]
    public void SoftmaxAlongADimension()
    {
        using var scope = NewDisposeScope();
        var t = torch.tensor(new[] { 0, Math.Log(3), 1, 1 }, [2, 2]);
        Expect.Values(t.softmax(-1), 0.25, 0.75, 0.5, 0.5);
        Expect.Values(torch.softmax(t, 1), 0.25, 0.75, 0.5, 0.5);
        Expect.Values(t.log_softmax(-1), Math.Log(0.25), Math.Log(0.75), Math.Log(0.5), Math.Log(0.5));
        Assert.Equal(ScalarType.Float64, ones(2).softmax(0, ScalarType.Float64).dtype);
    }
}
