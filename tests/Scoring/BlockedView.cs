using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tests.Scoring;

/// <summary>
/// A view whose cursor sets deal blocks of rows to several cursors, as loaders that parse in parallel do; it counts what is read and may
/// fail at a row.
/// </summary>
internal sealed class BlockedView(IDataView source, int blockSize = 10, int failAt = -1) : IDataView
{
    private int _rowsRead;

    public int RowsRead => _rowsRead;

    /// <summary>Names of the columns asked for by the latest cursor.</summary>
    public IReadOnlyList<string> Asked { get; private set; } = [];

    public bool CanShuffle => false;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => Open(columnsNeeded, 0, 1);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var columns = columnsNeeded.ToList();
        return [.. Enumerable.Range(0, 3).Select(i => Open(columns, i, 3))];
    }

    private DataViewRowCursor Open(IEnumerable<DataViewSchema.Column> columns, int share, int shares)
    {
        Asked = [.. columns.Select(column => column.Name)];
        return new Cursor(this, source.GetRowCursor(columns), share, shares);
    }

    private sealed class Cursor(BlockedView view, DataViewRowCursor all, int share, int shares) : DataViewRowCursor
    {
        private readonly ValueGetter<DataViewRowId> _id = all.GetIdGetter();
        private long _position = -1;
        private long _row = -1;

        public override long Position => _position;

        public override long Batch => _row / view.BlockSize;

        public override DataViewSchema Schema => all.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => all.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => _id;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => all.GetGetter<TValue>(column);

        public override bool MoveNext()
        {
            while (all.MoveNext())
            {
                _row++;
                if (_row / view.BlockSize % shares != share) continue;
                if (_row == view.FailAt) throw new IOException($"row {_row} cannot be read");
                Interlocked.Increment(ref view._rowsRead);
                _position++;
                return true;
            }

            return false;
        }
    }

    private int BlockSize => blockSize;

    private int FailAt => failAt;
}
