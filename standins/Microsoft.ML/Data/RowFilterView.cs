#nullable disable

namespace Microsoft.ML.Data;

/// <summary>The rows of a view that a test accepts; their number is not known beforehand.</summary>
/// <param name="source">The rows.</param>
/// <param name="inspected">The columns that the test reads.</param>
/// <param name="open">Makes the test for a cursor, to be asked once a row.</param>
/// <param name="ordered">The test depends on the rows' order, so that they cannot be shuffled or shared among cursors.</param>
internal sealed class RowFilterView(
    IDataView source,
    IReadOnlyCollection<DataViewSchema.Column> inspected,
    Func<DataViewRowCursor, Func<bool>> open,
    bool ordered) : IDataView
{
    public bool CanShuffle => !ordered && source.CanShuffle;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var needed = columnsNeeded.ToArray();
        return Filter(source.GetRowCursor(Inspecting(needed), CanShuffle ? rand : null), needed);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var needed = columnsNeeded.ToArray();
        if (ordered)
            return [GetRowCursor(needed, rand)];
        return [.. source.GetRowCursorSet(Inspecting(needed), n, CanShuffle ? rand : null).Select(cursor => Filter(cursor, needed))];
    }

    private IEnumerable<DataViewSchema.Column> Inspecting(DataViewSchema.Column[] needed)
        => Schema.Where(column => needed.Concat(inspected).Any(other => other.Index == column.Index));

    private Cursor Filter(DataViewRowCursor cursor, DataViewSchema.Column[] needed) => new(cursor, needed, open(cursor));

    private sealed class Cursor(DataViewRowCursor input, IEnumerable<DataViewSchema.Column> active, Func<bool> accepts)
        : PassingCursor(input, active)
    {
        public override long Batch => Input.Batch;

        protected override bool Advance()
        {
            while (Input.MoveNext())
            {
                if (accepts())
                    return true;
            }

            return false;
        }
    }
}
