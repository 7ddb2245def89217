using Microsoft.ML;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>The rows of a source with the columns a scorer adds. Cursors read some rows ahead and score them together.</summary>
internal sealed class ReadAheadView : IDataView
{
    private readonly IDataView _source;
    private readonly ScoredColumns _columns;
    private readonly int _window;
    private readonly int _batchSize;

    /// <param name="source">The data.</param>
    /// <param name="scorer">What scores it.</param>
    /// <param name="window">How many rows are read ahead.</param>
    /// <param name="batchSize">The most rows that are scored at once.</param>
    public ReadAheadView(IDataView source, BatchScorer scorer, int window, int batchSize)
    {
        _source = source;
        _columns = new ScoredColumns(scorer, source.Schema);
        _window = window;
        _batchSize = batchSize;
    }

    public bool CanShuffle => _source.CanShuffle;

    public DataViewSchema Schema => _columns.Schema;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = _columns.Active(columnsNeeded);
        return Wrap(_source.GetRowCursor(_columns.Needed(active), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var active = _columns.Active(columnsNeeded);
        return Array.ConvertAll(_source.GetRowCursorSet(_columns.Needed(active), n, rand), cursor => Wrap(cursor, active));
    }

    private DataViewRowCursor Wrap(DataViewRowCursor cursor, bool[] active) =>
        _columns.Scores(active) ? new ReadAheadCursor(_columns, cursor, active, _window, _batchSize) : new PassingCursor(_columns, cursor, active);
}
