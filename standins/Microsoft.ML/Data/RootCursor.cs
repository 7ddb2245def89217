#nullable disable

namespace Microsoft.ML.Data;

/// <summary>A cursor that counts its own rows: position -1 before the first and, the cursor then being disposed, after the last.</summary>
internal abstract class RootCursor : DataViewRowCursor
{
    private long _position = -1;
    private bool _disposed;

    public sealed override long Position => _position;

    public override long Batch => 0;

    public sealed override bool MoveNext()
    {
        if (_disposed)
            return false;
        if (Advance())
        {
            _position++;
            return true;
        }

        Dispose();
        return false;
    }

    protected abstract bool Advance();

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        _disposed = true;
        _position = -1;
        if (disposing)
            Close();
    }

    protected virtual void Close()
    {
    }

    protected void CheckOnRow() => Guard.State(_position >= 0, "Cannot call getter as the cursor state is not 'Good'.");
}
