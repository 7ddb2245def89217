using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>Asks before each row whether the transformer that makes it still is; a native session that is gone would not say so.</summary>
/// <param name="inner">The rows.</param>
/// <param name="check">Throws once the transformer is disposed.</param>
internal sealed class GuardedView(IDataView inner, Action check) : IDataView
{
    public bool CanShuffle => inner.CanShuffle;

    public DataViewSchema Schema => inner.Schema;

    public long? GetRowCount() => inner.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        check();
        return new Cursor(inner.GetRowCursor(columnsNeeded, rand), check);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        check();
        return Array.ConvertAll(inner.GetRowCursorSet(columnsNeeded, n, rand), cursor => new Cursor(cursor, check));
    }

    private sealed class Cursor(DataViewRowCursor source, Action check) : DataViewRowCursor
    {
        public override DataViewSchema Schema => source.Schema;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => source.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => source.GetGetter<TValue>(column);

        public override bool MoveNext()
        {
            check();
            return source.MoveNext();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) source.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>The same for single rows, as a prediction engine gives them.</summary>
/// <param name="inner">Makes the rows.</param>
/// <param name="check">Throws once the transformer is disposed.</param>
internal sealed class GuardedMapper(IRowToRowMapper inner, Action check) : IRowToRowMapper
{
    public DataViewSchema InputSchema => inner.InputSchema;

    public DataViewSchema OutputSchema => inner.OutputSchema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        inner.GetDependencies(dependingColumns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        check();
        return new Row(inner.GetRow(input, activeColumns), check);
    }

    /// <summary>A prediction engine fetches the getters once and calls them for every row.</summary>
    private sealed class Row(DataViewRow source, Action check) : DataViewRow
    {
        public override DataViewSchema Schema => source.Schema;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => source.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var getter = source.GetGetter<TValue>(column);
            return (ref TValue value) =>
            {
                check();
                getter(ref value);
            };
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) source.Dispose();
            base.Dispose(disposing);
        }
    }
}
