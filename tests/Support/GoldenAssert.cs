using Xunit;

namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>Comparisons with reference numbers; messages name the case, the tensor, the largest difference and where it is.</summary>
internal static class GoldenAssert
{
    /// <summary>
    /// Below this a logit is one of a masked place (about -10000), where one unit in the last place of a float is 1e-3; cases
    /// give such values their own tolerance, masked_logit_max_abs.
    /// </summary>
    private const float MaskedLogit = -5000;

    /// <summary>Compares with the case's output of that name.</summary>
    public static void Close(GoldenCase c, string output, float[] actual, IReadOnlyList<long> shape) =>
        Close(c.Outputs[output], actual, shape, c, output);

    /// <summary>Compares with a tensor of the case, within the tolerance the case gives that name (or the one given).</summary>
    public static void Close(
        CheckpointTensor expected, float[] actual, IReadOnlyList<long> shape, GoldenCase c, string name, double? tolerance = null)
    {
        Assert.True(
            expected.Shape.SequenceEqual(shape),
            $"{c}: {name} has shape [{string.Join(", ", shape)}]; expected [{string.Join(", ", expected.Shape)}].");
        var masked = c.ToleranceNumber("masked_logit_max_abs");
        var limit = tolerance ?? c.ToleranceOf(name);
        Close(expected.ToSingles(), actual, e => masked is { } m && e < MaskedLogit ? m : limit, $"{c}: {name}", expected.Shape);
    }

    /// <summary>Compares numbers that are no tensor of a case.</summary>
    public static void Close(float[] expected, float[] actual, double tolerance, string name) =>
        Close(expected, actual, _ => tolerance, name, [expected.Length]);

    /// <summary>Compares one number of the case, such as a loss.</summary>
    public static void Close(double expected, double actual, double tolerance, GoldenCase c, string name) =>
        Assert.True(
            Math.Abs(expected - actual) <= tolerance || (double.IsNaN(expected) && double.IsNaN(actual)),
            $"{c}: {name} is {actual:R}; expected {expected:R} within {tolerance:R}.");

    /// <summary>Compares whole numbers exactly.</summary>
    public static void Equal(CheckpointTensor expected, long[] actual, IReadOnlyList<long> shape, GoldenCase c, string name)
    {
        Assert.True(
            expected.Shape.SequenceEqual(shape),
            $"{c}: {name} has shape [{string.Join(", ", shape)}]; expected [{string.Join(", ", expected.Shape)}].");
        var numbers = expected.ToInt64s();
        for (var i = 0; i < numbers.Length; i++)
            Assert.True(numbers[i] == actual[i], $"{c}: {name}{Index(i, expected.Shape)} is {actual[i]}; expected {numbers[i]}.");
    }

    private static void Close(float[] expected, float[] actual, Func<float, double> tolerance, string what, IReadOnlyList<long> shape)
    {
        Assert.True(expected.Length == actual.Length, $"{what} has {actual.Length} values; expected {expected.Length}.");
        var worst = -1;
        var worstExcess = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            // Equals counts NaN equal to NaN and infinities to themselves.
            if (expected[i].Equals(actual[i])) continue;
            var excess = Math.Abs((double)expected[i] - actual[i]) - tolerance(expected[i]);
            if (double.IsNaN(excess)) excess = double.PositiveInfinity;
            if (excess > worstExcess) (worst, worstExcess) = (i, excess);
        }

        if (worst >= 0)
        {
            var difference = Math.Abs((double)expected[worst] - actual[worst]);
            Assert.Fail(
                $"{what}{Index(worst, shape)} is {actual[worst]:R}; expected {expected[worst]:R}: "
                + $"difference {difference:G4}, allowed {tolerance(expected[worst]):G4}.");
        }
    }

    private static string Index(long flat, IReadOnlyList<long> shape)
    {
        var index = new long[shape.Count];
        for (var d = shape.Count - 1; d >= 0; d--)
        {
            index[d] = flat % shape[d];
            flat /= shape[d];
        }

        return "[" + string.Join(", ", index) + "]";
    }
}
