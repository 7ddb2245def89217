using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Columns;

/// <summary>All columns a component reads, group by group; columns are numbered through all groups.</summary>
internal sealed class InputColumns
{
    private readonly int[] _first;

    /// <param name="component">What messages call the component.</param>
    /// <param name="groups">The texts and images of a row.</param>
    public InputColumns(string component, params IEnumerable<InputGroup> groups)
    {
        Component = component;
        Groups = [.. groups];
        Columns = [.. Groups.SelectMany(group => group.Columns)];
        _first = [.. Groups.Select((_, g) => Groups.Take(g).Sum(group => group.Columns.Count))];
    }

    public string Component { get; }

    public IReadOnlyList<InputGroup> Groups { get; }

    public IReadOnlyList<InputColumn> Columns { get; }

    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public void Check(DataViewSchema schema)
    {
        foreach (var requirement in Requirements()) requirement.Check(schema);
    }

    /// <inheritdoc cref="Check(DataViewSchema)"/>
    public void Check(SchemaShape schema)
    {
        foreach (var requirement in Requirements()) requirement.Check(schema);
    }

    /// <inheritdoc cref="InputGroup.Find"/>
    public string? Find(IInputRow row)
    {
        for (var g = 0; g < Groups.Count; g++)
        {
            if (Groups[g].Find(row, _first[g]) is { } problem) return problem;
        }

        return null;
    }

    /// <inheritdoc cref="InputGroup.CountCut(IInputRow, int, CutTexts)"/>
    public void CountCut(IInputRow row, CutTexts cuts)
    {
        for (var g = 0; g < Groups.Count; g++) Groups[g].CountCut(row, _first[g], cuts);
    }

    /// <summary>The number of items that a row has of a group.</summary>
    public int Items(IInputRow row, int group) => Groups[group].Items(row, _first[group]);

    /// <summary>Copies a row that <see cref="Find"/> passes into a batch.</summary>
    public void CopyTo(IInputRow row, ColumnBatch batch, int batchRow)
    {
        for (var g = 0; g < Groups.Count; g++) CopyTo(row, g, batch, batchRow);
    }

    /// <summary>Copies a group of a row that <see cref="Find"/> passes into a batch.</summary>
    public void CopyTo(IInputRow row, int group, ColumnBatch batch, int batchRow) => Groups[group].CopyTo(row, _first[group], batch, batchRow);

    /// <summary>What two rows have in common whose values of a group are the same, and no others.</summary>
    public UInt128 Digest(IInputRow row, int group) => Groups[group].Digest(row, _first[group]);

    /// <summary>The place of a column; of the given number when a row has several.</summary>
    public int Place(Column column, int number = 0)
    {
        for (var g = 0; g < Groups.Count; g++)
        {
            if (Groups[g].Number != number) continue;
            for (var i = 0; i < Groups[g].Columns.Count; i++)
            {
                if (ReferenceEquals(Groups[g].Columns[i].Column, column)) return _first[g] + i;
            }
        }

        throw new ArgumentException($"{Component} reads no column {column.Name} {number}.", nameof(column));
    }

    /// <summary>Declares the inputs of a graph; the values are in the order of <see cref="Columns"/>.</summary>
    public IReadOnlyList<GraphValue> AddInputs(GraphBuilder graph, string prefix = Column.HelperPrefix) =>
        [.. Groups.SelectMany(group => group.AddInputs(graph, prefix))];

    /// <summary>A view of these columns without rows, for what only looks at the schema.</summary>
    public IDataView EmptyView(MLContext mlContext)
    {
        var view = mlContext.Data.LoadFromEnumerable(Array.Empty<NoRow>());
        foreach (var column in Columns)
            view = column.Column.Create(mlContext.Transforms, column.Name, column.Width).Fit(view).Transform(view);
        return view;
    }

    private IEnumerable<ColumnRequirement> Requirements() =>
        Columns.Select(column => column.Column.Requirement(Component, column.Name, column.Width));

    private sealed class NoRow
    {
        [ColumnName(Column.HelperPrefix + "none")]
        public bool None { get; set; }
    }
}
