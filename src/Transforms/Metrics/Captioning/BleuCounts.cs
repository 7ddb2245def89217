namespace MLNet.VisionLanguage.Metrics;

/// <summary>
/// BLEU (Papineni et al. 2002) as coco-caption computes it: of runs of n words the share that a reference has, each run as often as a
/// reference has it at most; the geometric mean over n = 1 to N, times exp(1 - r / c) where c words are fewer than r, the length of the
/// nearest reference (the shorter of two). Tiny numbers stand in for zeros: (right + 1e-15) / (runs + 1e-9).
/// </summary>
internal sealed class BleuCounts
{
    private const double Tiny = 1e-15;
    private const double Small = 1e-9;

    private readonly long[] _right = new long[CaptionText.LongestRun];
    private readonly long[] _runs = new long[CaptionText.LongestRun];
    private long _words;
    private long _nearest;

    public static BleuCounts Of(CaptionText caption, IReadOnlyList<CaptionText> references)
    {
        var counts = new BleuCounts { _words = caption.Words.Count };
        counts._nearest = references.Select(reference => (long)reference.Words.Count).MinBy(length => (Math.Abs(length - counts._words), length));
        for (var n = 1; n <= CaptionText.LongestRun; n++)
        {
            counts._runs[n - 1] = Math.Max(0, counts._words - n + 1);
            foreach (var (run, count) in caption.Runs(n))
                counts._right[n - 1] += Math.Min(count, references.Max(reference => reference.Runs(n).GetValueOrDefault(run)));
        }

        return counts;
    }

    /// <summary>Counts of several captions together.</summary>
    public static BleuCounts Sum(IEnumerable<BleuCounts> all)
    {
        var sum = new BleuCounts();
        foreach (var one in all)
        {
            sum._words += one._words;
            sum._nearest += one._nearest;
            for (var i = 0; i < sum._runs.Length; i++)
            {
                sum._right[i] += one._right[i];
                sum._runs[i] += one._runs[i];
            }
        }

        return sum;
    }

    /// <summary>BLEU-1 to BLEU-4.</summary>
    public double[] Scores()
    {
        var scores = new double[CaptionText.LongestRun];
        var product = 1.0;
        var ratio = (_words + Tiny) / (_nearest + Small);
        var brevity = ratio < 1 ? Math.Exp(1 - (1 / ratio)) : 1;
        for (var i = 0; i < scores.Length; i++)
        {
            product *= (_right[i] + Tiny) / (_runs[i] + Small);
            scores[i] = Math.Pow(product, 1.0 / (i + 1)) * brevity;
        }

        return scores;
    }
}
