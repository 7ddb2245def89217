using System.Globalization;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage;

public abstract partial class TrainerOptions
{
    /// <exception cref="ArgumentException">An option has an impossible value; the message names it.</exception>
    internal void Validate()
    {
        if (Model is null) throw Fail(nameof(Model), "it is null");
        Model.Validate(nameof(Model));
        CheckNumbers();
        Defined(nameof(Initialization), Initialization);
        Defined(nameof(Optimizer), Optimizer);
        Defined(nameof(Schedule), Schedule);
        Defined(nameof(Device), Device);
        Defined(nameof(Precision), Precision);
        ValidateTask();
        CheckColumns();
        if (InitialWeights is not null && !Path.Exists(InitialWeights)) throw Fail(nameof(InitialWeights), $"there is no file '{InitialWeights}'");
        if (InitialImageWeights is not null && !Path.Exists(InitialImageWeights))
            throw Fail(nameof(InitialImageWeights), $"there is no file '{InitialImageWeights}'");
        if (SizesFromData && InitialWeights is not null)
            throw Fail(nameof(SizesFromData), $"the sizes are those of {nameof(InitialWeights)}, whatever the data has");
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

    private void CheckNumbers()
    {
        AtLeast(nameof(Epochs), Epochs, 1);
        AtLeast(nameof(BatchSize), BatchSize, 1);
        AtLeast(nameof(GradientAccumulation), GradientAccumulation, 1);
        AtLeast(nameof(ReportEvery), ReportEvery, 1);
        AtLeast(nameof(ScoringBatchSize), ScoringBatchSize, 1);
        AtLeast(nameof(ScoringWindowSize), ScoringWindowSize, 0);
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
    }

    /// <summary>The columns of the task's own: the option, the column, and whether the option may be null.</summary>
    private protected abstract IEnumerable<(string Option, string? Column, bool IsOptional)> TaskColumns();

    /// <summary>Checks what only the task has.</summary>
    private protected abstract void ValidateTask();

    private void CheckColumns()
    {
        var inputs = Of(StandardColumns.TextOf(Columns), TextEndings).Concat(Of(StandardColumns.ImageOf(Model.Limits), ImageEndings));
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (option, column, isOptional) in inputs.Concat(TaskColumns()))
        {
            if (column is null && isOptional) continue;
            if (string.IsNullOrEmpty(column)) throw Fail(option, "expected the name of a column, found none");
            if (!taken.Add(column)) throw Fail(option, $"column '{column}' already has another part");
        }

        // An ending alone is no name: the option that it is to be added to must have one.
        IEnumerable<(string, string?, bool)> Of(ColumnGroup group, IReadOnlyList<string> endings) => endings.SelectMany(ending =>
            group.Columns.Select(column => (column.Name + "ColumnName", Columns[column] is { Length: > 0 } name ? name + ending : null, false)));
    }

    private protected static void AtLeast(string option, double value, double least) =>
        Check(option, value, value >= least && double.IsFinite(value), $"a number of at least {least}");

    private static void Check(string option, double value, bool holds, string expected)
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
