namespace MLNet.VisionLanguage.Experiments;

/// <summary>
/// A density on the places 0 to 1: a mixture of normal distributions cut to that range, one at each point and a flat one that stands for knowing
/// nothing; for choices the shares of the points, each choice having a point more.
/// </summary>
internal sealed class ParzenDensity
{
    private const double FlatWidth = 1;
    private const int FinestWidths = 100;

    private readonly (double Mean, double Width, double Mass)[] _parts;
    private readonly double[]? _shares;

    /// <param name="points">The places of what was seen.</param>
    /// <param name="choices">How many choices there are; null for numbers.</param>
    public ParzenDensity(IReadOnlyList<double> points, int? choices)
    {
        _parts = [];
        if (choices is { } count)
        {
            var seen = points.CountBy(point => ChoiceOf(point, count)).ToDictionary();
            _shares = [.. Enumerable.Range(0, count).Select(choice => (1.0 + seen.GetValueOrDefault(choice)) / (count + points.Count))];
            return;
        }

        // The width of a part is the distance to its further neighbour, so that lonely points speak for more of the range.
        double[] means = [.. points.Append(0.5).Order()];
        var flat = Array.IndexOf(means, 0.5);
        var least = 1.0 / Math.Min(FinestWidths, means.Length + 1);
        _parts = [.. means.Select((mean, i) =>
        {
            var left = mean - (i > 0 ? means[i - 1] : 0);
            var right = (i < means.Length - 1 ? means[i + 1] : 1) - mean;
            var width = i == flat ? FlatWidth : Math.Clamp(Math.Max(left, right), least, FlatWidth);
            return (mean, width, Cumulative((1 - mean) / width) - Cumulative(-mean / width));
        })];
    }

    /// <summary>A place by chance.</summary>
    public double Draw(Random random)
    {
        if (_shares is not null)
        {
            var (rest, choice) = (random.NextDouble(), 0);
            while (choice < _shares.Length - 1 && (rest -= _shares[choice]) >= 0) choice++;
            return (choice + 0.5) / _shares.Length;
        }

        var (mean, width, _) = _parts[random.Next(_parts.Length)];
        while (true)
        {
            // Box and Muller.
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            if (mean + (width * normal) is >= 0 and <= 1 and var place) return place;
        }
    }

    /// <summary>The logarithm of the density at a place.</summary>
    public double LogOf(double place)
    {
        if (_shares is not null) return Math.Log(_shares[ChoiceOf(place, _shares.Length)]);
        var sum = _parts.Sum(part =>
        {
            var distance = (place - part.Mean) / part.Width;
            return Math.Exp(-0.5 * distance * distance) / (part.Width * part.Mass * Math.Sqrt(2 * Math.PI));
        });
        return Math.Log(Math.Max(sum / _parts.Length, double.Epsilon));
    }

    private static int ChoiceOf(double place, int count) => Math.Min((int)(place * count), count - 1);

    /// <summary>The normal distribution below a number, by the logistic curve that is nearest to it (within 0.00014; Bowling et al. 2009).</summary>
    private static double Cumulative(double value) => 1 / (1 + Math.Exp(-((0.07056 * value * value * value) + (1.5976 * value))));
}
