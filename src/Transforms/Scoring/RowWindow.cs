using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>Rows read ahead from a source: the values of some columns and what names each row (id, position, batch).</summary>
internal sealed class RowWindow
{
    private readonly DataViewRow _source;
    private readonly BufferedColumn?[] _columns;
    private readonly ValueGetter<DataViewRowId> _id;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _positions;
    private readonly long[] _batches;

    /// <param name="source">What moves from row to row.</param>
    /// <param name="columns">The columns to hold; each must be active in the source.</param>
    /// <param name="capacity">How many rows are held.</param>
    public RowWindow(DataViewRow source, IEnumerable<DataViewSchema.Column> columns, int capacity)
    {
        _source = source;
        _columns = new BufferedColumn?[source.Schema.Count];
        foreach (var column in columns) _columns[column.Index] ??= BufferedColumn.Create(source, column, capacity);
        _id = source.GetIdGetter();
        _ids = new DataViewRowId[capacity];
        _positions = new long[capacity];
        _batches = new long[capacity];
    }

    public int Capacity => _ids.Length;

    /// <summary>The buffer of a column, or null when it is not held.</summary>
    public BufferedColumn? this[int columnIndex] => _columns[columnIndex];

    public DataViewRowId Id(int slot) => _ids[slot];

    public long Position(int slot) => _positions[slot];

    public long Batch(int slot) => _batches[slot];

    /// <summary>Takes the source's current row.</summary>
    public void Read(int slot)
    {
        _id(ref _ids[slot]);
        _positions[slot] = _source.Position;
        _batches[slot] = _source.Batch;
        foreach (var column in _columns) column?.Read(slot);
    }
}
