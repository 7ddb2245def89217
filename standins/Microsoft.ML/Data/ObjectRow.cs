#nullable disable

namespace Microsoft.ML.Data;

/// <summary>A row that shows whichever object was set last; the position counts the objects.</summary>
internal sealed class ObjectRow<T> : DataViewRow
    where T : class
{
    private readonly Delegate[] _getters;
    private T _value;
    private long _position = -1;

    public ObjectRow(ObjectColumns<T> columns)
    {
        Schema = columns.Schema;
        _getters = [.. Schema.Select(column => columns.CreateGetter(column.Index, Current))];
    }

    public override long Position => _position;

    public override long Batch => 0;

    public override DataViewSchema Schema { get; }

    public void Set(T value)
    {
        Guard.NotNull(value);
        _value = value;
        _position++;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _getters.Length;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        => RowGetters.Bind<TValue>(_getters[column.Index], column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

    private T Current()
    {
        Guard.State(_position >= 0, "The row has no object yet.");
        return _value;
    }
}
