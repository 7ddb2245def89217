#nullable disable

namespace Microsoft.ML.Data;

/// <summary>A sequence of objects as a view; every cursor enumerates it anew.</summary>
internal sealed class ObjectColumnsView<T>(IEnumerable<T> data, ObjectColumns<T> columns) : IDataView
    where T : class
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => columns.Schema;

    public long? GetRowCount() => (data as ICollection<T>)?.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(data, columns, columnsNeeded);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : RootCursor
    {
        private readonly IEnumerator<T> _data;
        private readonly Delegate[] _getters;

        public Cursor(IEnumerable<T> data, ObjectColumns<T> columns, IEnumerable<DataViewSchema.Column> needed)
        {
            Schema = columns.Schema;
            _getters = new Delegate[Schema.Count];
            foreach (var column in needed)
                _getters[column.Index] ??= columns.CreateGetter(column.Index, Current);
            _data = data.GetEnumerator();
        }

        public override DataViewSchema Schema { get; }

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Guard.State(column.Index < _getters.Length, $"There is no column {column.Index}.");
            return _getters[column.Index] != null;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Guard.Param(IsColumnActive(column), nameof(column), "requested column not active");
            return RowGetters.Bind<TValue>(_getters[column.Index], column);
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
        {
            CheckOnRow();
            id = new DataViewRowId((ulong)Position, 0);
        };

        protected override bool Advance()
        {
            if (!_data.MoveNext())
                return false;
            Guard.State(_data.Current != null, "Encountered null when iterating over data, this is not supported.");
            return true;
        }

        protected override void Close() => _data.Dispose();

        private T Current()
        {
            CheckOnRow();
            return _data.Current;
        }
    }
}
