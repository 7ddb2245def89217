using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage;

public abstract partial class TrainerOptions
{
    /// <inheritdoc/>
    internal sealed override void Validate()
    {
        if (Model is null) throw Fail(nameof(Model), "it is null");
        Model.Validate(nameof(Model));
        Defined(nameof(Precision), Precision);
        Defined(nameof(Augmentation), Augmentation);
        AtLeast(nameof(ScoringBatchSize), ScoringBatchSize, 1);
        AtLeast(nameof(ScoringWindowSize), ScoringWindowSize, 0);
        ValidateTask();
        base.Validate();
        if (InitialImageWeights is not null && !Path.Exists(InitialImageWeights))
            throw Fail(nameof(InitialImageWeights), $"there is no file '{InitialImageWeights}'");
        if (SizesFromData && InitialWeights is not null)
            throw Fail(nameof(SizesFromData), $"the sizes are those of {nameof(InitialWeights)}, whatever the data has");
    }

    /// <summary>The columns of the task's own: the option, the column, and whether the option may be null.</summary>
    private protected abstract IEnumerable<(string Option, string? Column, bool IsOptional)> TaskColumns();

    /// <summary>Checks what only the task has.</summary>
    private protected abstract void ValidateTask();

    private protected sealed override IEnumerable<(string Option, string? Column, bool IsOptional)> AllColumns()
    {
        return [.. Of(StandardColumns.TextOf(Columns), TextEndings), .. Of(StandardColumns.ImageOf(Model.Limits), ImageEndings), .. TaskColumns()];

        // An ending alone is no name: the option that it is to be added to must have one.
        IEnumerable<(string, string?, bool)> Of(ColumnGroup group, IReadOnlyList<string> endings) => endings.SelectMany(ending =>
            group.Columns.Select(column => (column.Name + "ColumnName", Columns[column] is { Length: > 0 } name ? name + ending : null, false)));
    }
}
