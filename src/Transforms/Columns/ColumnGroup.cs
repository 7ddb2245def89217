using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Columns;

/// <summary>Columns that describe a thing together: a text, an image. All have the same number of items, those of one item aside.</summary>
internal abstract record ColumnGroup
{
    /// <summary>What an item is called in messages: "token", "region".</summary>
    public required string Item { get; init; }

    /// <summary>The name of the axis that counts items.</summary>
    public required string Axis { get; init; }

    /// <summary>Which column tells the number of items.</summary>
    public int Leader { get; init; }

    /// <summary>The most items that fit; null for no bound.</summary>
    public Func<ColumnLimits, int>? Most { get; init; }

    /// <summary>The columns, in the order of graph inputs and of everything else.</summary>
    public abstract IReadOnlyList<Column> Columns { get; }

    /// <summary>The columns of one text or one image as a component reads them.</summary>
    /// <param name="names">The user's names, one a column.</param>
    /// <param name="limits">Bounds of the values.</param>
    /// <param name="number">Which of several texts or images of a row it is.</param>
    /// <param name="count">How many a row has.</param>
    public abstract InputGroup Bind(IReadOnlyList<string> names, ColumnLimits limits, int number = 0, int count = 1);

    /// <summary>The only text, or the only image, of a row.</summary>
    public InputGroup Bind(ColumnNames names, ColumnLimits limits) => Bind(names.Of(this), limits);

    /// <summary>Several texts or images of a row, each under names of its own.</summary>
    public IEnumerable<InputGroup> BindEach(IReadOnlyList<ColumnNames> names, ColumnLimits limits) =>
        names.Select((own, number) => Bind(own.Of(this), limits, number, names.Count));
}

/// <inheritdoc/>
/// <param name="columns">The columns.</param>
internal sealed record ColumnGroup<T>(params Column<T>[] columns) : ColumnGroup
    where T : unmanaged
{
    public override IReadOnlyList<Column<T>> Columns => columns;

    /// <summary>The order checks go in: a column's may look at those before it here.</summary>
    public IReadOnlyList<int> CheckOrder { get; init; } = [.. Enumerable.Range(0, columns.Length)];

    /// <summary>The places that stay of a value with more items than fit; without it such a value is bad.</summary>
    public Func<VBuffer<T>[], int, int[]>? Cut { get; init; }

    public override InputGroup Bind(IReadOnlyList<string> names, ColumnLimits limits, int number = 0, int count = 1) =>
        new InputGroup<T>(this, names, limits, number, count);
}
