namespace Microsoft.ML;

/// <summary>Rows with a schema, read through cursors; nothing is computed before a cursor moves.</summary>
public interface IDataView
{
    bool CanShuffle { get; }

    DataViewSchema Schema { get; }

    /// <summary>The number of rows, or null where counting would need a pass over the data.</summary>
    long? GetRowCount();

    /// <summary>A cursor over the rows; only columnsNeeded have getters. A random generator asks for shuffled order.</summary>
    DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null);

    /// <summary>One or more cursors, n being a hint, that together give every row once; their Batch numbers restore the order.</summary>
    DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null);
}
