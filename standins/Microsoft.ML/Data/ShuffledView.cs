#nullable disable

namespace Microsoft.ML.Data;

/// <summary>The rows in an order that a seed decides: each is drawn from a pool that is refilled from the source.</summary>
internal sealed class ShuffledView : IDataView
{
    private readonly IDataView _source;
    private readonly int _seed;
    private readonly int _poolRows;
    private readonly bool _shuffleSource;

    public ShuffledView(IDataView source, int seed, int poolRows, bool shuffleSource)
    {
        // Values that cannot be copied cannot be kept in the pool.
        _source = ColumnSubsetView.Keep(source, column => ColumnTypes.CanBuffer(column.Type));
        _seed = seed;
        _poolRows = poolRows;
        _shuffleSource = shuffleSource;
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var needed = columnsNeeded.ToArray();
        var random = rand ?? new HybridRandom((uint)_seed);
        var input = _source.GetRowCursor(needed, _shuffleSource ? new HybridRandom(random) : null);
        return _poolRows == 1 ? input : new Cursor(input, needed, _poolRows, random);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : RootCursor
    {
        private readonly DataViewRowCursor _input;
        private readonly Random _random;
        private readonly BufferedColumn[] _columns;
        private readonly List<Action<int>> _fill = [];
        private readonly List<BufferedColumn> _pool = [];
        private readonly BufferedColumn _ids = BufferedColumn.Create(RowIdDataViewType.Instance);
        private readonly int _capacity;
        private int _count;
        private int _current = -1;

        public Cursor(DataViewRowCursor input, IEnumerable<DataViewSchema.Column> needed, int capacity, Random random)
        {
            _input = input;
            _random = random;
            _capacity = capacity;
            _columns = new BufferedColumn[input.Schema.Count];
            foreach (var column in needed.DistinctBy(column => column.Index))
            {
                var buffer = BufferedColumn.Create(column.Type);
                _columns[column.Index] = buffer;
                _pool.Add(buffer);
                _fill.Add(buffer.Fill(input, column));
            }

            _pool.Add(_ids);
            _fill.Add(_ids.FillIds(input));
        }

        public override DataViewSchema Schema => _input.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _columns[column.Index] != null;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Guard.State(IsColumnActive(column), $"Column '{column.Name}' was not requested.");
            return RowGetters.Bind<TValue>(_columns[column.Index].CreateGetter(Current), column);
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ValueGetter<DataViewRowId>)_ids.CreateGetter(Current);

        protected override bool Advance()
        {
            if (_current >= 0)
            {
                // The row just given makes room, at the end of the pool, for the next of the source.
                _count--;
                foreach (var column in _pool)
                    column.Swap(_current, _count);
            }

            while (_count < _capacity && _input.MoveNext())
            {
                foreach (var fill in _fill)
                    fill(_count);
                _count++;
            }

            if (_count == 0)
                return false;
            _current = _random.Next(_count);
            return true;
        }

        protected override void Close() => _input.Dispose();

        private int Current()
        {
            CheckOnRow();
            return _current;
        }
    }
}
