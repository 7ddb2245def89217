using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>Asks before each row whether the transformer that makes it still is; a native session that is gone would not say so.</summary>
/// <param name="inner">The rows.</param>
/// <param name="check">Throws once the transformer is disposed.</param>
/// <param name="ended">Called when rows have been read to their end, or no more are wanted.</param>
/// <param name="explain">Gives a row's error in better words, or null where it has none; null when there never are any.</param>
internal sealed class GuardedView(IDataView inner, Action check, Action ended, Func<Exception, Exception?>? explain = null) : IDataView
{
    public bool CanShuffle => inner.CanShuffle;

    public DataViewSchema Schema => inner.Schema;

    public long? GetRowCount() => inner.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        check();
        return new Cursor(inner.GetRowCursor(columnsNeeded, rand), check, ended, explain);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        check();
        return Array.ConvertAll(inner.GetRowCursorSet(columnsNeeded, n, rand), cursor => new Cursor(cursor, check, ended, explain));
    }

    private sealed class Cursor(DataViewRowCursor source, Action check, Action ended, Func<Exception, Exception?>? explain) : DataViewRowCursor
    {
        public override DataViewSchema Schema => source.Schema;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => source.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var getter = source.GetGetter<TValue>(column);
            if (explain is null) return getter;
            return (ref TValue value) =>
            {
                try
                {
                    getter(ref value);
                }
                catch (Exception e) when (explain(e) is { } better)
                {
                    throw better;
                }
            };
        }

        public override bool MoveNext()
        {
            check();
            if (source.MoveNext()) return true;
            ended();
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                source.Dispose();
                ended();
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>The same for single rows, as a prediction engine gives them.</summary>
/// <param name="inner">Makes the rows.</param>
/// <param name="check">Throws once the transformer is disposed.</param>
/// <param name="ended">Called when a value has been read.</param>
internal sealed class GuardedMapper(IRowToRowMapper inner, Action check, Action ended) : IRowToRowMapper
{
    public DataViewSchema InputSchema => inner.InputSchema;

    public DataViewSchema OutputSchema => inner.OutputSchema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        inner.GetDependencies(dependingColumns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        check();
        return new Row(inner.GetRow(input, activeColumns), check, ended);
    }

    /// <summary>A prediction engine fetches the getters once and calls them for every row.</summary>
    private sealed class Row(DataViewRow source, Action check, Action ended) : DataViewRow
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
                ended();
            };
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) source.Dispose();
            base.Dispose(disposing);
        }
    }
}
