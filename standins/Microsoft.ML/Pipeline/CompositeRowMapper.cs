namespace Microsoft.ML.Data;

/// <summary>The mappers of a chain one after the other; each computes only what the later ones need.</summary>
internal sealed class CompositeRowMapper(DataViewSchema inputSchema, IRowToRowMapper[] mappers) : IRowToRowMapper
{
    public DataViewSchema InputSchema => inputSchema;

    public DataViewSchema OutputSchema { get; } = mappers.Length > 0 ? mappers[^1].OutputSchema : inputSchema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        for (int i = mappers.Length - 1; i >= 0; i--)
            dependingColumns = mappers[i].GetDependencies(dependingColumns);
        return dependingColumns;
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (input.Schema != InputSchema)
            throw new ArgumentOutOfRangeException(nameof(input), "Schema did not match original schema");

        var active = activeColumns.Select(c => c.Index).ToHashSet();
        if (mappers.Length == 0)
        {
            var missing = InputSchema.Where(c => active.Contains(c.Index) && !input.IsColumnActive(c)).Select(c => c.Name).FirstOrDefault();
            return missing == null
                ? input
                : throw new ArgumentOutOfRangeException(nameof(input), $"Mapper required column '{missing}' active but it was not.");
        }

        var needed = new IEnumerable<DataViewSchema.Column>[mappers.Length];
        needed[^1] = OutputSchema.Where(c => active.Contains(c.Index)).ToArray();
        for (int i = mappers.Length - 1; i > 0; i--)
            needed[i - 1] = mappers[i].GetDependencies(needed[i]).ToArray();

        var row = input;
        for (int i = 0; i < mappers.Length; i++)
            row = mappers[i].GetRow(row, needed[i]);
        return row;
    }
}
