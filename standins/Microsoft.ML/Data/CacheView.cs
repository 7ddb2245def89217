#nullable disable

namespace Microsoft.ML.Data;

/// <summary>Keeps the columns it is asked for in memory, each read from the source once; cursors may shuffle and share rows.</summary>
internal sealed class CacheView : IDataView
{
    private const int BlockRows = 64;

    private readonly IDataView _source;
    private readonly BufferedColumn[] _columns;
    private readonly bool[] _filled;
    private readonly Lock _lock = new();
    private int? _rows;

    public CacheView(IDataView source, IReadOnlyList<string> prefetch)
    {
        _source = ColumnSubsetView.Keep(source, column => ColumnTypes.CanBuffer(column.Type));
        _columns = [.. Schema.Select(column => BufferedColumn.Create(column.Type))];
        _filled = new bool[_columns.Length];
        if (prefetch.Count > 0)
            Fill([.. prefetch.Select(name => Schema[name].Index)]);
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount()
    {
        lock (_lock)
            return _rows ?? _source.GetRowCount();
    }

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => Cursors(columnsNeeded, 1, rand)[0];

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => Cursors(columnsNeeded, Math.Clamp(n, 1, Environment.ProcessorCount), rand);

    private DataViewRowCursor[] Cursors(IEnumerable<DataViewSchema.Column> columnsNeeded, int count, Random random)
    {
        var needed = columnsNeeded.Select(column => column.Index).ToHashSet();
        var order = new Lazy<int[]>(() => Order(needed, random));
        return [.. Enumerable.Range(0, count).Select(first => new Cursor(this, needed, order, first, count))];
    }

    private int[] Order(HashSet<int> needed, Random random)
    {
        var order = Enumerable.Range(0, Fill(needed)).ToArray();
        random?.Shuffle(order);
        return order;
    }

    private int Fill(HashSet<int> needed)
    {
        lock (_lock)
        {
            var missing = Schema.Where(column => needed.Contains(column.Index) && !_filled[column.Index]).ToArray();
            if (missing.Length == 0 && _rows is { } known)
                return known;
            using var cursor = _source.GetRowCursor(missing);
            var fill = missing.Select(column => _columns[column.Index].Fill(cursor, column)).ToArray();
            var rows = 0;
            for (; cursor.MoveNext(); rows++)
            {
                foreach (var column in fill)
                    column(rows);
            }

            Guard.State(_rows is null || _rows == rows, $"The cached view had {_rows} rows and now has {rows}.");
            foreach (var column in missing)
                _filled[column.Index] = true;
            _rows = rows;
            return rows;
        }
    }

    /// <summary>Gives the blocks of rows first, first + step, ...; a cursor that is alone gives them all.</summary>
    private sealed class Cursor(CacheView view, HashSet<int> needed, Lazy<int[]> order, int first, int step) : RootCursor
    {
        private long _block = -1;
        private long _next;
        private int _row;

        public override long Batch => step == 1 ? 0 : _block;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Guard.State(column.Index < Schema.Count, $"There is no column {column.Index}.");
            return needed.Contains(column.Index);
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Guard.State(IsColumnActive(column), $"Column '{column.Name}' was not requested.");
            return RowGetters.Bind<TValue>(view._columns[column.Index].CreateGetter(Row), column);
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)Row(), 0);

        protected override bool Advance()
        {
            if (_block < 0 || _next % BlockRows == 0)
            {
                _block = _block < 0 ? first : _block + step;
                _next = _block * BlockRows;
            }

            if (_next >= order.Value.Length)
                return false;
            _row = order.Value[_next++];
            return true;
        }

        private int Row()
        {
            CheckOnRow();
            return _row;
        }
    }
}
