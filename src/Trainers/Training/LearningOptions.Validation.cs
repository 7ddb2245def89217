using System.Globalization;

namespace MLNet.VisionLanguage;

public abstract partial class LearningOptions
{
    /// <exception cref="ArgumentException">An option has an impossible value; the message names it.</exception>
    internal virtual void Validate()
    {
        CheckNumbers();
        Defined(nameof(Initialization), Initialization);
        Defined(nameof(Optimizer), Optimizer);
        Defined(nameof(Schedule), Schedule);
        Defined(nameof(Device), Device);
        CheckColumns();
        if (InitialWeights is not null && !Path.Exists(InitialWeights)) throw Fail(nameof(InitialWeights), $"there is no file '{InitialWeights}'");
        if (CheckpointFolder is { Length: 0 }) throw Fail(nameof(CheckpointFolder), "it is empty; null keeps no checkpoints");
    }

    /// <exception cref="ArgumentException">Training is to stop by a score that nothing gives.</exception>
    internal void CheckPatience()
    {
        if (EarlyStoppingPatience > 0 && ValidationFraction == 0)
        {
            throw Fail(
                nameof(EarlyStoppingPatience),
                $"{EarlyStoppingPatience} epochs without a better validation score end training, but there are no validation rows; "
                + $"set {nameof(ValidationFraction)} or call Fit(training, validation)");
        }
    }

    /// <exception cref="InvalidDataException">Holding out <see cref="ValidationFraction"/> leaves one side empty that is needed.</exception>
    internal void CheckSplit(int training, int held)
    {
        if (training == 0) throw new InvalidDataException("ValidationFraction leaves no training rows.");
        if (held > 0 || EarlyStoppingPatience == 0) return;
        throw new InvalidDataException(
            "EarlyStoppingPatience needs validation rows, and ValidationFraction leaves none: there are too few images.");
    }

    private void CheckNumbers()
    {
        AtLeast(nameof(Epochs), Epochs, 1);
        AtLeast(nameof(BatchSize), BatchSize, 1);
        AtLeast(nameof(GradientAccumulation), GradientAccumulation, 1);
        AtLeast(nameof(ReportEvery), ReportEvery, 1);
        AtLeast(nameof(EarlyStoppingPatience), EarlyStoppingPatience, 0);
        AtLeast(nameof(CheckpointEvery), CheckpointEvery, 0);
        AtLeast(nameof(Threads), Threads, 0);
        AtLeast(nameof(LearningRate), LearningRate, 0);
        AtLeast(nameof(HeadLearningRate), HeadLearningRate ?? 0, 0);
        AtLeast(nameof(CrossLearningRate), CrossLearningRate ?? 0, 0);
        AtLeast(nameof(DecayPower), DecayPower, 0);
        AtLeast(nameof(FinalLearningRate), FinalLearningRate, 0);
        AtLeast(nameof(WeightDecay), WeightDecay, 0);
        AtLeast(nameof(GradientClipping), GradientClipping, 0);
        Check(nameof(Beta1), Beta1, Beta1 is >= 0 and < 1, "a number from 0 to below 1");
        Check(nameof(Beta2), Beta2, Beta2 is >= 0 and < 1, "a number from 0 to below 1");
        // A parameter whose gradient was always 0 (a word that never occurs) would be divided by this alone.
        Check(nameof(Epsilon), Epsilon, Epsilon > 0 && double.IsFinite(Epsilon), "a number above 0");
        Check(nameof(WarmupProportion), WarmupProportion, WarmupProportion is >= 0 and <= 1, "a number from 0 to 1");
        Check(nameof(ValidationFraction), ValidationFraction, ValidationFraction is >= 0 and <= 0.9, "a number from 0 to 0.9");
        Check(nameof(WarmupStart), WarmupStart, WarmupStart is >= 0 and <= 1, "a number from 0 to 1");
        Check(nameof(StepFactor), StepFactor, StepFactor is > 0 and <= 1, "a number above 0 and at most 1");
        foreach (var step in ScheduleSteps ?? throw Fail(nameof(ScheduleSteps), "it is null"))
            Check(nameof(ScheduleSteps), step, step is >= 0 and <= 1, "shares of the updates, 0 to 1");
    }

    /// <summary>All columns that are read or made: the option, the column, and whether the option may be null.</summary>
    private protected abstract IEnumerable<(string Option, string? Column, bool IsOptional)> AllColumns();

    private void CheckColumns()
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (option, column, isOptional) in AllColumns())
        {
            if (column is null && isOptional) continue;
            if (string.IsNullOrEmpty(column)) throw Fail(option, "expected the name of a column, found none");
            if (!taken.Add(column)) throw Fail(option, $"column '{column}' already has another part");
        }
    }

    private protected static void AtLeast(string option, double value, double least) =>
        Check(option, value, value >= least && double.IsFinite(value), $"a number of at least {least}");

    private protected static void Check(string option, double value, bool holds, string expected)
    {
        if (!holds) throw Fail(option, string.Create(CultureInfo.InvariantCulture, $"expected {expected}, found {value}"));
    }

    private protected static void Defined<T>(string option, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value)) throw Fail(option, $"expected one of {string.Join(", ", Enum.GetNames<T>())}, found {value}");
    }

    private protected static ArgumentException Fail(string option, string found) => new($"Option {option}: {found}.", option);
}
