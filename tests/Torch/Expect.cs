using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

/// <summary>Comparisons of tensors with numbers worked out by hand.</summary>
internal static class Expect
{
    public static void Shape(Tensor actual, params long[] expected) => Assert.Equal(expected, actual.shape);

    public static void Values(Tensor actual, params double[] expected) => Close(actual, 1e-6, expected);

    public static void Close(Tensor actual, double tolerance, params double[] expected)
    {
        using var numbers = actual.to(ScalarType.Float64).contiguous();
        var values = numbers.data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < values.Length; i++)
            Assert.True(
                expected[i].Equals(values[i]) || Math.Abs(expected[i] - values[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])),
                $"element {i} is {values[i]:R}; expected {expected[i]:R}");
    }

    public static void Truth(Tensor actual, params bool[] expected)
    {
        Assert.Equal(ScalarType.Bool, actual.dtype);
        Assert.Equal(expected, actual.contiguous().data<bool>().ToArray());
    }

    public static void Whole(Tensor actual, params long[] expected)
    {
        Assert.Equal(ScalarType.Int64, actual.dtype);
        Assert.Equal(expected, actual.contiguous().data<long>().ToArray());
    }

    /// <summary>Holds the gradient of a scalar function against central differences, in double precision.</summary>
    public static void Gradient(Func<Tensor, Tensor> function, Tensor at)
    {
        const double step = 1e-5;
        var x = at.to(ScalarType.Float64).clone().detach().requires_grad_();
        function(x).backward();
        var gradient = x.grad!.data<double>().ToArray();
        var values = x.detach().data<double>().ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            double Shifted(double by)
            {
                var moved = (double[])values.Clone();
                moved[i] += by;
                return function(torch.tensor(moved, (ReadOnlySpan<long>)x.shape)).ToDouble();
            }
            var numeric = (Shifted(step) - Shifted(-step)) / (2 * step);
            Assert.True(Math.Abs(numeric - gradient[i]) < 1e-6 * Math.Max(1, Math.Abs(numeric)),
                $"gradient {i}: {gradient[i]} against {numeric}");
        }
    }
}
