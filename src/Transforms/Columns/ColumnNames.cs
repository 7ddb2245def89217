namespace MLNet.VisionLanguage.Columns;

/// <summary>Under which names a user's data has the standard columns. Only those with another name than the usual one are in it.</summary>
internal sealed class ColumnNames : Dictionary<string, string>
{
    public ColumnNames()
        : base(StringComparer.Ordinal)
    {
    }

    /// <summary>The user's name of a column.</summary>
    public string this[Column column]
    {
        get => GetValueOrDefault(column.Name, column.Name);
        set => this[column.Name] = value;
    }

    /// <summary>The user's names of a group's columns.</summary>
    public IReadOnlyList<string> Of(ColumnGroup group) => [.. group.Columns.Select(column => this[column])];

    /// <summary>Throws unless the columns that a component makes have names, all different.</summary>
    /// <exception cref="ArgumentException">A name is missing or given twice.</exception>
    public void ValidateOutputs(string component, ColumnGroup group)
    {
        var names = Of(group);
        foreach (var (column, name) in group.Columns.Zip(names))
        {
            if (string.IsNullOrEmpty(name))
                throw new ArgumentException($"{component}: {column.Name}ColumnName is empty; the name of a column is expected.");
        }

        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
            throw new ArgumentException($"{component}: the output columns {string.Join(", ", names)} must have different names.");
    }

    private string GetValueOrDefault(string column, string usual) => TryGetValue(column, out var name) ? name : usual;
}
