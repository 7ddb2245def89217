using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>
/// Reads a window of rows, then hands them out one by one; the whole window is scored when the first added value is asked for. Holds
/// no native resources, because not every consumer disposes its cursors.
/// </summary>
internal sealed class ReadAheadCursor : DataViewRowCursor
{
    private readonly ScoredColumns _columns;
    private readonly DataViewRowCursor _source;
    private readonly bool[] _active;
    private readonly RowWindow _window;
    private readonly BufferedColumn[] _inputs;
    private readonly Delegate?[] _getters;
    private readonly int _batchSize;
    private readonly CutTexts _cuts = new();
    private BatchScores? _scores;
    private ExceptionDispatchInfo? _failure;
    private int _count;
    private int _slot = -1;
    private bool _ended;

    public ReadAheadCursor(ScoredColumns columns, DataViewRowCursor source, bool[] active, int window, int batchSize)
    {
        (_columns, _source, _active, _batchSize) = (columns, source, active, batchSize);
        _window = new RowWindow(source, columns.Needed(active), window);
        _inputs = Array.ConvertAll(columns.ScorerColumns, column => _window[column.Index]!);
        _getters = new Delegate?[columns.Schema.Count];
        for (var i = 0; i < _getters.Length; i++)
        {
            if (!active[i]) continue;
            var added = i - columns.InputSchema.Count;
            _getters[i] = added < 0 ? _window[i]!.CreateGetter(CurrentSlot) : columns.Scorer.Outputs[added].CreateGetter(CurrentScores);
        }
    }

    public override DataViewSchema Schema => _columns.Schema;

    public override long Position => _slot < 0 ? -1 : _window.Position(_slot);

    public override long Batch => _slot < 0 ? 0 : _window.Batch(_slot);

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[_columns.Check(column)];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _window.Id(CurrentSlot());

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        _columns.Cast<TValue>(_getters[_columns.Check(column)], column);

    public override bool MoveNext()
    {
        if (_slot + 1 < _count)
        {
            _slot++;
            return true;
        }

        (_slot, _count, _scores) = (-1, 0, null);
        Fill();
        if (_count == 0)
        {
            _columns.Scorer.Tell(_cuts);

            // Rows read before the source failed were good and have been handed out.
            Interlocked.Exchange(ref _failure, null)?.Throw();
            return false;
        }

        _slot = 0;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ended = true;
            (_slot, _count) = (-1, 0);
            _source.Dispose();
            _columns.Scorer.Tell(_cuts);
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        try
        {
            while (!_ended && _count < _window.Capacity)
            {
                _ended = !_source.MoveNext();
                if (_ended) break;
                _window.Read(_count);
                _count++;
            }
        }
        catch (Exception e)
        {
            _ended = true;
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }

    private int CurrentSlot() => _slot >= 0 ? _slot : throw new InvalidOperationException("The cursor stands on no row: call MoveNext first.");

    private (BatchScores Scores, int Row) CurrentScores()
    {
        var slot = CurrentSlot();
        return (_scores ??= _columns.Scorer.Score(
            _inputs, _count, _batchSize, row => RowName.Of(_window, row, _columns.RowIds), _cuts), slot);
    }
}
