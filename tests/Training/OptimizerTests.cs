using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>The updates, made in one pass by libtorch's fused operator, against their formulas in double precision.</summary>
[Collection(TorchCollection.Name)]
public sealed class OptimizerTests
{
    private const double Beta1 = 0.9, Beta2 = 0.99, Epsilon = 1e-3, Rate = 0.05;

    public static TheoryData<OptimizerKind, bool, double> Cases
    {
        get
        {
            var cases = new TheoryData<OptimizerKind, bool, double>();
            foreach (var kind in Enum.GetValues<OptimizerKind>())
                foreach (var corrected in new[] { false, true })
                    foreach (var decay in new[] { 0, 0.1 }) cases.Add(kind, corrected, decay);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_update_is_what_its_formula_says(OptimizerKind kind, bool correctBias, double decay)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextDouble()) - 1)];
        double[][] expected = [Draw(1), Draw(7), Draw(300)], mean = [.. expected.Select(w => new double[w.Length])];
        double[][] square = [.. expected.Select(w => new double[w.Length])];
        Parameter[] weights = [.. expected.Select(w => new Parameter(tensor([.. w.Select(x => (float)x)])))];

        // One of them at another rate.
        double RateOf(int i) => i == 1 ? Rate / 2 : Rate;
        using var optimizer = new TransformerOptimizer(
            kind, [.. weights.Select((weight, i) => new ParameterGroup($"{i}", weight, RateOf(i), decay))], Beta1, Beta2, Epsilon, correctBias);
        for (var step = 1; step <= 8; step++)
        {
            for (var i = 0; i < weights.Length; i++)
            {
                var gradient = Draw(expected[i].Length);
                weights[i].grad?.Dispose();
                weights[i].grad = tensor([.. gradient.Select(x => (float)x)]);
                for (var k = 0; k < gradient.Length; k++)
                {
                    if (kind == OptimizerKind.Momentum) gradient[k] += decay * expected[i][k];
                    mean[i][k] = (Beta1 * mean[i][k]) + ((1 - Beta1) * gradient[k]);
                    square[i][k] = (Beta2 * square[i][k]) + ((1 - Beta2) * gradient[k] * gradient[k]);
                    expected[i][k] = Updated(kind, correctBias, decay, RateOf(i) * 0.5, step, expected[i][k], mean[i][k], square[i][k]);
                }
            }

            optimizer.Step(0.5);
            for (var i = 0; i < weights.Length; i++)
                GoldenAssert.Close([.. expected[i].Select(x => (float)x)], weights[i].data<float>().ToArray(), 2e-6, $"step {step}, weight {i}");
        }
    }

    private static double Updated(
        OptimizerKind kind, bool correctBias, double decay, double rate, int step, double weight, double mean, double square)
    {
        double power1 = 1 - Math.Pow(Beta1, step), power2 = 1 - Math.Pow(Beta2, step), ratio = mean / (Math.Sqrt(square) + Epsilon);
        switch (kind)
        {
            case OptimizerKind.AdamW:
                var moved = weight - (rate * (correctBias ? Math.Sqrt(power2) / power1 : 1) * ratio);
                return moved - (rate * decay * moved);
            case OptimizerKind.Momentum:
                // The sum of gradients, each older one by the momentum less.
                return weight - (rate * mean / (1 - Beta1));
            case OptimizerKind.BertAdam:
                return weight - (rate * (ratio + (decay * weight)));
            default:
                var longest = (2 / (1 - Beta2)) - 1;
                var average = longest - (2 * step * (1 - power2) / power2);
                weight -= rate * decay * weight;
                return average < 5
                    ? weight - (rate / power1 * mean)
                    : weight - (rate / power1 * ratio * Math.Sqrt(
                        power2 * (average - 4) / (longest - 4) * (average - 2) / average * longest / (longest - 2)));
        }
    }
}
