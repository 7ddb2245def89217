namespace MLNet.VisionLanguage.Optimization;

/// <summary>The factor on the initial learning rate, per update.</summary>
/// <param name="Kind">The shape.</param>
/// <param name="WarmupUpdates">Length of the warm-up; may be fractional.</param>
/// <param name="TotalUpdates">Updates of the whole run.</param>
internal sealed record ScheduleFactor(LearningRateSchedule Kind, double WarmupUpdates, double TotalUpdates)
{
    /// <summary>Updates from which on the rate has been stepped down once more.</summary>
    public IReadOnlyList<double> Steps { get; init; } = [];

    /// <summary>The factor of a step.</summary>
    public double StepFactor { get; init; } = 1;

    /// <summary>The factor that the warm-up of <see cref="LearningRateSchedule.WarmupSteps"/> begins with.</summary>
    public double Start { get; init; }

    /// <param name="update">Number of the update, from 0.</param>
    /// <param name="epoch">The epoch it belongs to, from 0; only <see cref="LearningRateSchedule.Manual"/> looks at it.</param>
    /// <param name="firstOfEpoch">Whether it is the epoch's first update.</param>
    public double At(long update, int epoch = 0, bool firstOfEpoch = false) => Kind switch
    {
        LearningRateSchedule.WarmupLinear => Linear(update),
        LearningRateSchedule.Triangle => Linear(update + 1),
        LearningRateSchedule.WarmupConstant => update < WarmupUpdates ? Warmup(update) : 1,
        LearningRateSchedule.Manual => firstOfEpoch || update >= WarmupUpdates + 1 ? EpochFactor(epoch) : Math.Min(1, Warmup(update)),
        LearningRateSchedule.BertAdam => BertAdamFactor(update / TotalUpdates, WarmupUpdates / TotalUpdates),
        LearningRateSchedule.Constant => 1,
        LearningRateSchedule.WarmupSteps =>
            (update < WarmupUpdates ? Start + ((1 - Start) * Warmup(update)) : 1) * Math.Pow(StepFactor, Steps.Count(step => update >= step)),
        LearningRateSchedule.WarmupCosine => update < WarmupUpdates ? Warmup(update) : Cosine((update - WarmupUpdates) / Decaying),
        _ => throw new InvalidOperationException($"Unknown schedule {Kind}."),
    };

    /// <summary>train_tasks' lr_lambda_fun: 0.2 to the number of thresholds 5 and 7 that the epoch has reached.</summary>
    public static double EpochFactor(int epoch) => epoch >= 7 ? 0.2 * 0.2 : epoch >= 5 ? 0.2 : 1;

    /// <summary>The power of what is left that <see cref="LearningRateSchedule.WarmupLinear"/> follows.</summary>
    public double Power { get; init; } = 1;

    /// <summary>The factor at the end of <see cref="LearningRateSchedule.WarmupLinear"/>.</summary>
    public double End { get; init; }

    private double Decaying => Math.Max(1, TotalUpdates - WarmupUpdates);

    private double Linear(long update) => update < WarmupUpdates
        ? Warmup(update)
        : End + ((1 - End) * Math.Pow(Math.Max(0, (TotalUpdates - update) / Decaying), Power));

    private static double Cosine(double done) => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * done)));

    private double Warmup(long update) => update / Math.Max(1, WarmupUpdates);

    private static double BertAdamFactor(double done, double warmup) =>
        done < warmup ? done / warmup : Math.Max((done - 1) / (warmup - 1), 0);
}
