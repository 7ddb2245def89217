namespace MLNet.VisionLanguage.Tests.Experiments;

/// <summary>Standard functions to minimise (Surjanovic and Bingham, Virtual Library of Simulation Experiments) with their usual domains.</summary>
internal static class TestFunctions
{
    private static readonly double[,] HartmannScales =
    {
        { 10, 3, 17, 3.5, 1.7, 8 }, { 0.05, 10, 17, 0.1, 8, 14 }, { 3, 3.5, 1.7, 10, 17, 8 }, { 17, 8, 0.05, 10, 0.1, 14 },
    };

    private static readonly double[,] HartmannCentres =
    {
        { 0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886 }, { 0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991 },
        { 0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650 }, { 0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381 },
    };

    private static readonly double[] HartmannWeights = [1, 1.2, 3, 3.2];

    /// <summary>Each with its domain and its least value.</summary>
    public static IReadOnlyDictionary<string, (double Min, double Max, int Dimensions, Func<double[], double> Value, double Least)> All { get; } =
        new Dictionary<string, (double, double, int, Func<double[], double>, double)>
        {
            // Branin's usual domain is x from -5 to 10 and y from 0 to 15.
            ["branin"] = (-5, 10, 2, x => Branin(x[0], x[1] + 5), 0.397887),
            ["hartmann6"] = (0, 1, 6, Hartmann, -3.32237),
            ["rosenbrock"] = (-5, 10, 4, Rosenbrock, 0),
            // Not around the least, where the first trial would be.
            ["ackley"] = (-15, 30, 5, Ackley, 0),
            ["levy"] = (-10, 10, 4, Levy, 0),
        };

    private static double Branin(double x, double y)
    {
        var bow = y - (5.1 / (4 * Math.PI * Math.PI) * x * x) + (5 / Math.PI * x) - 6;
        return (bow * bow) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x)) + 10;
    }

    private static double Hartmann(double[] x) => -Enumerable.Range(0, 4).Sum(i => HartmannWeights[i] * Math.Exp(-Enumerable.Range(0, 6).Sum(
        j => HartmannScales[i, j] * (x[j] - HartmannCentres[i, j]) * (x[j] - HartmannCentres[i, j]))));

    private static double Rosenbrock(double[] x) => x.Zip(x.Skip(1), (a, b) => (100 * (b - (a * a)) * (b - (a * a))) + ((a - 1) * (a - 1))).Sum();

    private static double Ackley(double[] x) =>
        (-20 * Math.Exp(-0.2 * Math.Sqrt(x.Average(one => one * one)))) - Math.Exp(x.Average(one => Math.Cos(2 * Math.PI * one))) + 20 + Math.E;

    private static double Levy(double[] x)
    {
        double[] w = [.. x.Select(one => 1 + ((one - 1) / 4))];
        var last = w[^1] - 1;
        return (Math.Sin(Math.PI * w[0]) * Math.Sin(Math.PI * w[0]))
            + w[..^1].Sum(one => (one - 1) * (one - 1) * (1 + (10 * Math.Pow(Math.Sin((Math.PI * one) + 1), 2))))
            + (last * last * (1 + Math.Pow(Math.Sin(2 * Math.PI * w[^1]), 2)));
    }
}
