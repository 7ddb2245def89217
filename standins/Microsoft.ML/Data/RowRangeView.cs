#nullable disable

namespace Microsoft.ML.Data;

/// <summary>The rows of a view from one row on, up to a number of them.</summary>
internal sealed class RowRangeView(IDataView source, long skip, long take) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => source.GetRowCount() is { } rows ? Math.Min(Math.Max(0, rows - skip), take) : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var needed = columnsNeeded.ToArray();
        return new Cursor(source.GetRowCursor(needed), needed, skip, take);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewRowCursor input, IEnumerable<DataViewSchema.Column> active, long skip, long take)
        : PassingCursor(input, active)
    {
        private long _toSkip = skip;
        private long _left = take;

        protected override bool Advance()
        {
            if (_left == 0)
                return false;
            _left--;
            for (; _toSkip > 0; _toSkip--)
            {
                if (!Input.MoveNext())
                    return false;
            }

            return Input.MoveNext();
        }
    }
}
