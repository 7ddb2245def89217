namespace MLNet.VisionLanguage.Optimization;

/// <summary>How the learning rate moves over the updates of a training run.</summary>
public enum LearningRateSchedule
{
    /// <summary>Linear warm-up from 0, then linear decay to 0 (pytorch_transformers WarmupLinearSchedule).</summary>
    WarmupLinear,

    /// <summary>Linear warm-up from 0, then constant (WarmupConstantSchedule).</summary>
    WarmupConstant,

    /// <summary>
    /// The default of ViLBERT's train_tasks ("mannul"): the first update at the full rate, then warm-up, then constant; times 0.2 from
    /// epoch 5 on and again from epoch 7 on. An epoch's end sets the rate to the epoch's factor, even in mid warm-up.
    /// </summary>
    Manual,

    /// <summary>BertAdam's: warm-up, then max((x - 1)/(w - 1), 0) with x the fraction of all updates done (lxrt/optimization.py).</summary>
    BertAdam,

    /// <summary>No change.</summary>
    Constant,
}

/// <summary>The factor on the initial learning rate, per update.</summary>
/// <param name="Kind">The shape.</param>
/// <param name="WarmupUpdates">Length of the warm-up; may be fractional.</param>
/// <param name="TotalUpdates">Updates of the whole run.</param>
internal sealed record ScheduleFactor(LearningRateSchedule Kind, double WarmupUpdates, double TotalUpdates)
{
    /// <param name="update">Number of the update, from 0.</param>
    /// <param name="epoch">The epoch it belongs to, from 0; only <see cref="LearningRateSchedule.Manual"/> looks at it.</param>
    /// <param name="firstOfEpoch">Whether it is the epoch's first update.</param>
    public double At(long update, int epoch = 0, bool firstOfEpoch = false) => Kind switch
    {
        LearningRateSchedule.WarmupLinear => update < WarmupUpdates
            ? Warmup(update)
            : Math.Max(0, (TotalUpdates - update) / Math.Max(1, TotalUpdates - WarmupUpdates)),
        LearningRateSchedule.WarmupConstant => update < WarmupUpdates ? Warmup(update) : 1,
        LearningRateSchedule.Manual => firstOfEpoch || update >= WarmupUpdates + 1 ? EpochFactor(epoch) : Math.Min(1, Warmup(update)),
        LearningRateSchedule.BertAdam => BertAdamFactor(update / TotalUpdates, WarmupUpdates / TotalUpdates),
        LearningRateSchedule.Constant => 1,
        _ => throw new InvalidOperationException($"Unknown schedule {Kind}."),
    };

    /// <summary>train_tasks' lr_lambda_fun: 0.2 to the number of thresholds 5 and 7 that the epoch has reached.</summary>
    public static double EpochFactor(int epoch) => epoch >= 7 ? 0.2 * 0.2 : epoch >= 5 ? 0.2 : 1;

    private double Warmup(long update) => update / Math.Max(1, WarmupUpdates);

    private static double BertAdamFactor(double done, double warmup) =>
        done < warmup ? done / warmup : Math.Max((done - 1) / (warmup - 1), 0);
}
