using Microsoft.ML;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>How a scored schema lies over its input: the input's columns keep their numbers, those added follow.</summary>
internal sealed class ScoredColumns(BatchScorer scorer, DataViewSchema inputSchema)
{
    public BatchScorer Scorer { get; } = scorer;

    public DataViewSchema InputSchema { get; } = inputSchema;

    public DataViewSchema Schema { get; } = scorer.OutputSchema(inputSchema);

    /// <summary>The columns the scorer reads.</summary>
    public DataViewSchema.Column[] ScorerColumns { get; } = scorer.InputColumns(inputSchema);

    /// <summary>The column by which messages name rows, if the data has one.</summary>
    public DataViewSchema.Column? RowIds { get; } = RowName.Find(inputSchema, scorer.RowIdColumn);

    /// <summary>Which columns of <see cref="Schema"/> are asked for.</summary>
    public bool[] Active(IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[Schema.Count];
        foreach (var column in columns) active[Check(column)] = true;
        return active;
    }

    /// <summary>Whether any added column is among the active ones.</summary>
    public bool Scores(bool[] active) => Array.IndexOf(active, true, InputSchema.Count) >= 0;

    /// <summary>The columns of the input that are needed for the active ones.</summary>
    public IEnumerable<DataViewSchema.Column> Needed(bool[] active)
    {
        var passed = InputSchema.Where(column => active[column.Index]);
        if (!Scores(active)) return passed;
        var read = passed.Concat(ScorerColumns);
        return (RowIds is { } ids ? read.Append(ids) : read).DistinctBy(column => column.Index);
    }

    /// <exception cref="ArgumentOutOfRangeException">The column is not of <see cref="Schema"/>.</exception>
    public int Check(DataViewSchema.Column column) => column.Index < Schema.Count
        ? column.Index
        : throw new ArgumentOutOfRangeException(
            nameof(column), column.Name, $"The column has number {column.Index}; the schema has {Schema.Count} columns.");

    /// <summary>Casts a getter to the type asked for.</summary>
    /// <exception cref="InvalidOperationException">The column is not active or has another type.</exception>
    public ValueGetter<T> Cast<T>(Delegate? getter, DataViewSchema.Column column)
    {
        if (getter is null)
            throw new InvalidOperationException($"Column '{column.Name}' is not among the columns this cursor was asked for.");
        return getter as ValueGetter<T>
            ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {Schema[column.Index].Type}; its values are not {typeof(T)}.");
    }
}
