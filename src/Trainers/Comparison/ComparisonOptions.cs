namespace MLNet.VisionLanguage;

/// <summary>How models are compared.</summary>
public sealed class ComparisonOptions
{
    /// <summary>
    /// Whether the built-in baselines take part when there are training rows: the most frequent answer, the most frequent answer of the question's
    /// type, a linear model that sees the question alone and one that sees the image alone.
    /// </summary>
    public bool Baselines { get; set; } = true;

    /// <summary>What the image-only baseline looks at, as <see cref="VisualQuestionAnsweringSpace.RegionSource"/> has it.</summary>
    public string BaselineRegions { get; set; } = "grid:4";

    /// <summary>The probability with which a bootstrap interval is to hold the true difference, between 0 and 1.</summary>
    public double Confidence { get; set; } = 0.95;

    /// <summary>How often the images are drawn anew for the intervals.</summary>
    public int Resamples { get; set; } = 2000;

    /// <summary>The seed of what is drawn and of the baselines.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>How many of the worst answers are kept of each model.</summary>
    public int WorstExamples { get; set; } = 12;

    /// <summary>Told which model is next.</summary>
    public IProgress<string>? Progress { get; set; }

    /// <summary>Ends the comparison between two rows.</summary>
    public CancellationToken Cancellation { get; set; }

    internal void Validate()
    {
        if (Confidence is not (> 0 and < 1))
            throw new ArgumentException($"Option {nameof(Confidence)}: a number between 0 and 1 is expected, found {Confidence}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Resamples, 1, nameof(Resamples));
        ArgumentOutOfRangeException.ThrowIfNegative(WorstExamples, nameof(WorstExamples));
    }
}
