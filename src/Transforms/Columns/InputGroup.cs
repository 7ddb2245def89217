using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Columns;

/// <summary>The values of a row's input columns, by their place among all inputs of a component.</summary>
internal interface IInputRow
{
    ref readonly VBuffer<T> Get<T>(int column);
}

/// <summary>A column as a component reads it.</summary>
/// <param name="Column">What it is.</param>
/// <param name="Name">The user's name.</param>
/// <param name="GraphName">The graph input's name; with a number when a row has several.</param>
/// <param name="Width">Numbers in an item.</param>
internal sealed record InputColumn(Column Column, string Name, string GraphName, int Width);

/// <summary>The columns of one text or one image of a row, with the user's names and the model's limits.</summary>
internal abstract class InputGroup
{
    protected InputGroup(ColumnGroup group, IReadOnlyList<string> names, ColumnLimits limits, int number, int count)
    {
        if (names.Count != group.Columns.Count)
            throw new ArgumentException($"{names.Count} names for the {group.Columns.Count} columns of a {group.Item}.", nameof(names));
        (Kind, Limits, Number, Count) = (group, limits, number, count);
        Columns =
        [
            .. group.Columns.Zip(names, (column, name) =>
                new InputColumn(column, name, count == 1 ? column.Name : $"{column.Name}.{number}", column.Width?.Invoke(limits) ?? 1)),
        ];
    }

    /// <summary>What it describes.</summary>
    public ColumnGroup Kind { get; }

    public ColumnLimits Limits { get; }

    /// <summary>Which of <see cref="Count"/> texts or images of a row it is.</summary>
    public int Number { get; }

    public int Count { get; }

    public IReadOnlyList<InputColumn> Columns { get; }

    /// <summary>Tells what is wrong with a row, naming the column, what is expected and what was found; null when nothing is.</summary>
    /// <param name="row">The row.</param>
    /// <param name="first">The place of the group's first column in it.</param>
    public abstract string? Find(IInputRow row, int first);

    /// <summary>Counts a row that <see cref="Find"/> passes if it has more than fits.</summary>
    public abstract void CountCut(IInputRow row, int first, CutTexts cuts);

    /// <summary>The number of items of a row that <see cref="Find"/> passes, or of what fits of them.</summary>
    public abstract int Items(IInputRow row, int first);

    /// <summary>Copies a row into a batch.</summary>
    public abstract void CopyTo(IInputRow row, int first, ColumnBatch batch, int batchRow);

    /// <summary>A digest of the values of a row.</summary>
    public abstract UInt128 Digest(IInputRow row, int first);

    /// <summary>Declares the group's inputs of a graph: [B, items], [B, items, width] or [B, width].</summary>
    public IEnumerable<GraphValue> AddInputs(GraphBuilder graph, string prefix)
    {
        Dim axis = Count == 1 ? Kind.Axis : Kind.Axis + Number;
        foreach (var column in Columns)
        {
            var type = column.Column.ItemType == typeof(long) ? OnnxType.Int64 : OnnxType.Float;
            Dim[] dims = column.Column switch
            {
                { Width: null } => ["B", axis],
                { HasOpenWidth: true } => ["B", Count == 1 ? column.Column.Name : column.GraphName],
                { HasOneItem: true } => ["B", column.Width],
                _ => ["B", axis, column.Width],
            };
            yield return graph.Input(prefix + column.GraphName, type, dims);
        }
    }
}

/// <inheritdoc/>
internal sealed class InputGroup<T>(ColumnGroup<T> group, IReadOnlyList<string> names, ColumnLimits limits, int number, int count)
    : InputGroup(group, names, limits, number, count)
    where T : unmanaged
{
    public ColumnGroup<T> Group => group;

    private int Most => group.Most?.Invoke(Limits) ?? int.MaxValue;

    public override string? Find(IInputRow row, int first) => Find(All(row, first));

    /// <inheritdoc cref="Find(IInputRow, int)"/>
    /// <param name="values">The values of the group's columns.</param>
    public string? Find(ReadOnlySpan<VBuffer<T>> values)
    {
        foreach (var i in group.CheckOrder)
        {
            var column = Columns[i];
            if ((FindInLength(i, values) ?? group.Columns[i].Check?.Invoke(this, ValueChecks.Dense(values[i]), values)) is { } problem)
                return $"column '{column.Name}'{problem}";
        }

        return null;
    }

    public override void CountCut(IInputRow row, int first, CutTexts cuts)
    {
        var items = ItemsOf(row.Get<T>(first + group.Leader));
        if (items > Most) cuts.Add(Columns[group.Leader].Name, null, items, Most);
    }

    public override int Items(IInputRow row, int first) =>
        Math.Min(Most, ItemsOf(row.Get<T>(first + group.Leader)));

    public override void CopyTo(IInputRow row, int first, ColumnBatch batch, int batchRow)
    {
        var values = Read(row, first);
        for (var i = 0; i < values.Length; i++) values[i].CopyTo(batch.Row<T>(first + i, batchRow));
    }

    public override UInt128 Digest(IInputRow row, int first)
    {
        var hash = new XxHash128();
        for (var i = 0; i < Columns.Count; i++) hash.Append(MemoryMarshal.AsBytes(ValueChecks.Dense(row.Get<T>(first + i))));
        return hash.GetCurrentHashAsUInt128();
    }

    /// <summary>The values of a row that <see cref="Find(IInputRow, int)"/> passes, cut to what fits.</summary>
    public VBuffer<T>[] Read(IInputRow row, int first) => Fit(All(row, first));

    /// <summary>Values that <see cref="Find(ReadOnlySpan{VBuffer{T}})"/> passes, cut to what fits.</summary>
    public VBuffer<T>[] Fit(VBuffer<T>[] values)
    {
        if (ItemsOf(values[group.Leader]) <= Most) return values;
        var places = group.Cut!(values, Most);
        return Array.ConvertAll(values, all =>
        {
            var dense = ValueChecks.Dense(all);
            var kept = new T[places.Length];
            for (var i = 0; i < kept.Length; i++) kept[i] = dense[places[i]];
            return new VBuffer<T>(kept.Length, kept);
        });
    }

    private int ItemsOf(in VBuffer<T> leader) => leader.Length / Columns[group.Leader].Width;

    private VBuffer<T>[] All(IInputRow row, int first)
    {
        var values = new VBuffer<T>[Columns.Count];
        for (var i = 0; i < values.Length; i++) values[i] = row.Get<T>(first + i);
        return values;
    }

    private string? FindInLength(int place, ReadOnlySpan<VBuffer<T>> values)
    {
        var (column, length, leader) = (Columns[place], values[place].Length, Columns[group.Leader]);
        if (column.Column.HasOneItem) return length == column.Width ? null : $" has {length} values; {column.Width} are expected.";
        if (place == group.Leader && length == 0) return $" is empty; at least one {group.Item} is expected.";
        if (length % column.Width != 0) return $" has {length} values; {WidthText(column)} expected.";
        int items = length / column.Width, expected = values[group.Leader].Length / leader.Width;
        if (items != expected)
        {
            return column.Width == 1
                ? $" has {items} values; {expected} are expected, as many as column '{leader.Name}' has."
                : $" has {items} {group.Item}s (of {column.Width} values) but column '{leader.Name}' has {expected}.";
        }

        return place == group.Leader && group.Cut is null && items > Most
            ? $" has {items} {group.Item}s; the model takes at most {Most}."
            : null;
    }

    /// <summary>A width that depends on the model is told as the model's.</summary>
    private string WidthText(InputColumn column) => column.Column.Width!(new ColumnLimits()) == column.Width
        ? $"{column.Width} a {group.Item} are"
        : $"a multiple of the model's feature size {column.Width} is";
}
