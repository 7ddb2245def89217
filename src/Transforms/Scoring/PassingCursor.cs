using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>Passes the source's columns through when none of those added is asked for.</summary>
internal sealed class PassingCursor(ScoredColumns columns, DataViewRowCursor source, bool[] active) : DataViewRowCursor
{
    public override DataViewSchema Schema => columns.Schema;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => active[columns.Check(column)];

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => IsColumnActive(column)
        ? source.GetGetter<TValue>(source.Schema[column.Index])
        : columns.Cast<TValue>(null, column);

    public override bool MoveNext() => source.MoveNext();

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }
}
