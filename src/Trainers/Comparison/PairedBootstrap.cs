namespace MLNet.VisionLanguage.Comparison;

/// <summary>
/// Percentile intervals of differences between mean accuracies (Efron and Tibshirani 1993, chapter 13). What is drawn with replacement are images,
/// with all their questions, as questions about one image stand or fall together; both models are measured on the same draw.
/// </summary>
internal sealed class PairedBootstrap
{
    private readonly int[][] _draws;
    private readonly int[] _counts;
    private readonly int[] _groups;
    private readonly double _tail;

    /// <param name="groups">The image of each question, as numbers from 0 without gaps.</param>
    /// <param name="resamples">How often they are drawn.</param>
    /// <param name="confidence">The probability with which an interval is to hold the true difference.</param>
    /// <param name="seed">Decides what is drawn.</param>
    public PairedBootstrap(IReadOnlyList<int> groups, int resamples, double confidence, int seed)
    {
        _groups = [.. groups];
        _counts = new int[_groups.Max() + 1];
        foreach (var group in _groups) _counts[group]++;
        _tail = (1 - confidence) / 2;

        // How often each image was drawn: one draw serves all pairs of models.
        var random = new Random(seed);
        _draws = new int[resamples][];
        for (var i = 0; i < resamples; i++)
        {
            var times = _draws[i] = new int[_counts.Length];
            for (var image = 0; image < times.Length; image++) times[random.Next(times.Length)]++;
        }
    }

    /// <summary>The interval of the mean of differences, one a question.</summary>
    public (double Lower, double Upper) Interval(IReadOnlyList<double> differences)
    {
        var sums = new double[_counts.Length];
        for (var i = 0; i < _groups.Length; i++) sums[_groups[i]] += differences[i];
        double[] means = [.. _draws.Select(times =>
        {
            double sum = 0, count = 0;
            for (var image = 0; image < times.Length; image++)
            {
                sum += times[image] * sums[image];
                count += times[image] * _counts[image];
            }

            return sum / count;
        }).Order()];
        return (Quantile(means, _tail), Quantile(means, 1 - _tail));
    }

    private static double Quantile(double[] ordered, double share)
    {
        var place = share * (ordered.Length - 1);
        var below = (int)place;
        return below + 1 < ordered.Length ? ordered[below] + ((place - below) * (ordered[below + 1] - ordered[below])) : ordered[below];
    }
}
