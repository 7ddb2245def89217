#nullable disable

namespace Microsoft.ML.Data;

/// <summary>A view with some of another's columns, in order.</summary>
internal sealed class ColumnSubsetView : IDataView
{
    private readonly IDataView _source;
    private readonly int[] _sourceIndex;

    private ColumnSubsetView(IDataView source, IEnumerable<DataViewSchema.Column> kept)
    {
        _source = source;
        _sourceIndex = [.. kept.Select(column => column.Index)];
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(_sourceIndex.Select(index => source.Schema[index]));
        Schema = builder.ToSchema();
    }

    public bool CanShuffle => _source.CanShuffle;

    public DataViewSchema Schema { get; }

    public static IDataView Keep(IDataView source, Func<DataViewSchema.Column, bool> keep)
        => source.Schema.All(keep) ? source : new ColumnSubsetView(source, source.Schema.Where(keep));

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        => new Cursor(this, _source.GetRowCursor(InSource(columnsNeeded), rand));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [.. _source.GetRowCursorSet(InSource(columnsNeeded), n, rand).Select(cursor => new Cursor(this, cursor))];

    private DataViewSchema.Column[] InSource(IEnumerable<DataViewSchema.Column> columns) => [.. columns.Select(InSource)];

    private DataViewSchema.Column InSource(DataViewSchema.Column column)
    {
        Guard.State(column.Index < _sourceIndex.Length, $"There is no column {column.Index}.");
        return _source.Schema[_sourceIndex[column.Index]];
    }

    private sealed class Cursor(ColumnSubsetView view, DataViewRowCursor input) : DataViewRowCursor
    {
        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => view.Schema;

        public override bool MoveNext() => input.MoveNext();

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(view.InSource(column));

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            => input.GetGetter<TValue>(view.InSource(column));

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
        }
    }
}
