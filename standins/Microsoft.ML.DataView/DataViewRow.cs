using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Writes the current value into the caller's variable, reusing its buffers.</summary>
public delegate void ValueGetter<TValue>(ref TValue value);

public abstract class DataViewRow : IDisposable
{
    /// <summary>-1 before the first row, then 0, 1, ... in steps of one.</summary>
    public abstract long Position { get; }

    /// <summary>Order among the cursors of one set: a smaller batch comes first.</summary>
    public abstract long Batch { get; }

    public abstract DataViewSchema Schema { get; }

    public abstract ValueGetter<DataViewRowId> GetIdGetter();

    public abstract bool IsColumnActive(DataViewSchema.Column column);

    public abstract ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

public abstract class DataViewRowCursor : DataViewRow
{
    public abstract bool MoveNext();
}
