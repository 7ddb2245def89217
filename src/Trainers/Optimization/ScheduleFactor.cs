namespace MLNet.VisionLanguage.Optimization;

/// <summary>The factor on the initial learning rate, per update.</summary>
/// <param name="Kind">The shape.</param>
/// <param name="WarmupUpdates">Length of the warm-up; may be fractional.</param>
/// <param name="TotalUpdates">Updates of the whole run.</param>
internal sealed record ScheduleFactor(LearningRateSchedule Kind, double WarmupUpdates, double TotalUpdates)
{
    private const double FirstFactor = 0.001;

    /// <summary>The parts of a run after which the rate of <see cref="LearningRateSchedule.WarmupMultiStep"/> becomes a tenth.</summary>
    private static readonly double[] Steps = [0.67, 0.89];

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
        LearningRateSchedule.WarmupMultiStep => MultiStep(update),
        _ => throw new InvalidOperationException($"Unknown schedule {Kind}."),
    };

    /// <summary>train_tasks' lr_lambda_fun: 0.2 to the number of thresholds 5 and 7 that the epoch has reached.</summary>
    public static double EpochFactor(int epoch) => epoch >= 7 ? 0.2 * 0.2 : epoch >= 5 ? 0.2 : 1;

    private double Linear(long update) => update < WarmupUpdates
        ? Warmup(update)
        : Math.Max(0, (TotalUpdates - update) / Math.Max(1, TotalUpdates - WarmupUpdates));

    private double MultiStep(long update)
    {
        var steps = Steps.Count(step => update >= (long)(step * TotalUpdates));
        var warm = update < WarmupUpdates ? FirstFactor + ((1 - FirstFactor) * update / WarmupUpdates) : 1;
        return warm * Math.Pow(0.1, steps);
    }

    private double Warmup(long update) => update / Math.Max(1, WarmupUpdates);

    private static double BertAdamFactor(double done, double warmup) =>
        done < warmup ? done / warmup : Math.Max((done - 1) / (warmup - 1), 0);
}
