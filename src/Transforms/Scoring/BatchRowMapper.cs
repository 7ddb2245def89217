using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>Scores single rows, as a prediction engine gives them.</summary>
internal sealed class BatchRowMapper(BatchScorer scorer, DataViewSchema inputSchema) : IRowToRowMapper
{
    private readonly ScoredColumns _columns = new(scorer, inputSchema);

    public DataViewSchema InputSchema => _columns.InputSchema;

    public DataViewSchema OutputSchema => _columns.Schema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        ArgumentNullException.ThrowIfNull(dependingColumns);
        return _columns.Needed(_columns.Active(dependingColumns)).ToList();
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (input.Schema != InputSchema)
            throw new ArgumentException("The row has another schema than the mapper was made for.", nameof(input));
        return new ScoredRow(_columns, input, _columns.Active(activeColumns));
    }

    /// <summary>Scores its row when an added value is first asked for at a position.</summary>
    private sealed class ScoredRow : DataViewRow
    {
        private readonly ScoredColumns _columns;
        private readonly DataViewRow _input;
        private readonly bool[] _active;
        private readonly RowWindow? _window;
        private readonly BufferedColumn[] _inputs = [];
        private readonly CutTexts _cuts = new();
        private BatchScores? _scores;

        public ScoredRow(ScoredColumns columns, DataViewRow input, bool[] active)
        {
            (_columns, _input, _active) = (columns, input, active);
            if (!columns.Scores(active)) return;
            IEnumerable<DataViewSchema.Column> held = columns.RowIds is { } ids ? [.. columns.ScorerColumns, ids] : columns.ScorerColumns;
            _window = new RowWindow(input, held, capacity: 1);
            _inputs = Array.ConvertAll(columns.ScorerColumns, column => _window[column.Index]!);
        }

        public override DataViewSchema Schema => _columns.Schema;

        public override long Position => _input.Position;

        public override long Batch => _input.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[_columns.Check(column)];

        public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var added = _columns.Check(column) - _columns.InputSchema.Count;
            if (!_active[column.Index]) return _columns.Cast<TValue>(null, column);
            return added < 0
                ? _input.GetGetter<TValue>(_columns.InputSchema[column.Index])
                : _columns.Cast<TValue>(_columns.Scorer.Outputs[added].CreateGetter(CurrentScores), column);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) _input.Dispose();
            base.Dispose(disposing);
        }

        private (BatchScores Scores, int Row) CurrentScores()
        {
            if (_scores is null || _window!.Position(0) != _input.Position)
            {
                _scores = null;
                _window!.Read(0);
                _scores = _columns.Scorer.Score(_inputs, 1, 1, row => RowName.Of(_window, row, _columns.RowIds), _cuts);
                _columns.Scorer.Tell(_cuts);
            }

            return (_scores, 0);
        }
    }
}
