using System.Buffers;
using System.Runtime.InteropServices;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Columns;

/// <summary>
/// One column of a batch: rows side by side, each filled up with padding. The memory comes from a pool and goes back on disposal: fresh
/// arrays of this size for every batch would let the process grow until the next full collection.
/// </summary>
internal abstract class PaddedColumn(long[] shape) : IDisposable
{
    /// <summary>Rows first.</summary>
    public long[] Shape { get; } = shape;

    public abstract Type ItemType { get; }

    /// <summary>The values as they lie in memory.</summary>
    public abstract ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The values for ONNX Runtime, not copied.</summary>
    public abstract OnnxTensor ToOnnx();

    public abstract void Dispose();
}

/// <inheritdoc/>
internal sealed class PaddedColumn<T> : PaddedColumn
    where T : unmanaged
{
    private readonly int _rowLength;
    private T[]? _rented;

    /// <param name="padding">What fills all rows at first.</param>
    /// <param name="shape">Rows and the sizes of a row.</param>
    public PaddedColumn(T padding, params long[] shape)
        : base(shape)
    {
        _rowLength = checked((int)shape.Skip(1).Aggregate(1L, (product, size) => checked(product * size)));
        var length = checked((int)shape[0] * _rowLength);
        _rented = ArrayPool<T>.Shared.Rent(length);
        Values = _rented.AsMemory(0, length);
        Values.Span.Fill(padding);
    }

    public override Type ItemType => typeof(T);

    public Memory<T> Values { get; }

    public override ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(Values.Span);

    public Span<T> Row(int row) => Values.Span.Slice(row * _rowLength, _rowLength);

    public override OnnxTensor ToOnnx() => (Array?)_rented switch
    {
        float[] singles => OnnxTensor.Of(singles, Shape),
        long[] integers => OnnxTensor.Of(integers, Shape),
        null => throw new ObjectDisposedException(nameof(PaddedColumn)),
        _ => throw new NotSupportedException($"No graph input of {typeof(T)} is known."),
    };

    public override void Dispose()
    {
        if (_rented is { } rented) ArrayPool<T>.Shared.Return(rented);
        _rented = null;
    }
}

/// <summary>The input columns of some rows, each padded to the longest; what scoring feeds to graphs and training to libtorch.</summary>
internal sealed class ColumnBatch : IDisposable
{
    private readonly PaddedColumn[] _columns;

    /// <param name="inputs">The columns.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="items">
    /// The most items that a row has of each group. Texts (or images) of a row are all padded to the longest, so that they can be stacked.
    /// </param>
    /// <param name="rowsOfGroups">Where rows share texts or images: how many there are of each group.</param>
    public ColumnBatch(InputColumns inputs, int rows, ReadOnlySpan<int> items, IReadOnlyList<int>? rowsOfGroups = null)
    {
        Rows = rows;
        var most = new Dictionary<ColumnGroup, int>(ReferenceEqualityComparer.Instance);
        for (var g = 0; g < inputs.Groups.Count; g++)
            most[inputs.Groups[g].Kind] = Math.Max(most.GetValueOrDefault(inputs.Groups[g].Kind, 1), items[g]);
        _columns =
        [
            .. inputs.Groups.SelectMany((group, g) => group.Columns.Select(column =>
                column.Column.Rent(rowsOfGroups?[g] ?? rows, most[group.Kind], column.Width, group.Limits))),
        ];
    }

    private ColumnBatch(int rows, PaddedColumn[] columns) => (Rows, _columns) = (rows, columns);

    public int Rows { get; }

    /// <summary>The last column alone, as part of this batch.</summary>
    public ColumnBatch Last() => new(Rows, _columns[^1..]);

    public PaddedColumn this[int column] => _columns[column];

    /// <summary>One row of a column, its padding included.</summary>
    public Span<T> Row<T>(int column, int row)
        where T : unmanaged => ((PaddedColumn<T>)_columns[column]).Row(row);

    public void Dispose()
    {
        foreach (var column in _columns) column.Dispose();
    }
}
