#nullable disable

namespace Microsoft.ML.Data;

/// <summary>
/// Mapped rows are computed by several workers, ahead of the reader, as in the real library: one cursor is split among them and their
/// rows are put back in order. So mappings must bear concurrent calls, and their errors arrive wrapped, from MoveNext.
/// </summary>
internal static class ParallelRows
{
    public static int Workers { get; } = Math.Max(2, Environment.ProcessorCount - 1);

    public static bool CanCarry(IEnumerable<DataViewSchema.Column> columns) => columns.All(column => ColumnTypes.CanBuffer(column.Type));

    /// <summary>Cursors that share the rows of one; the cursor itself when a column cannot be buffered.</summary>
    public static DataViewRowCursor[] Split(DataViewRowCursor input, int count)
    {
        var active = input.Schema.Where(input.IsColumnActive).ToArray();
        if (count <= 1 || !CanCarry(active))
            return [input];
        var source = new SharedCursor(input, count);
        return [.. Enumerable.Range(0, count).Select(_ => new SplitCursor(source, active))];
    }

    /// <summary>The rows of all, ordered by their batch numbers.</summary>
    public static DataViewRowCursor Join(DataViewRowCursor[] inputs) => inputs.Length == 1 ? inputs[0] : new JoinedCursor(inputs);

    public static InvalidOperationException Wrap(Exception error)
        => new("Splitter/consolidator worker encountered exception while consuming source data", error);

    /// <summary>Hands out consecutive rows in numbered batches, small ones first so that few rows are shared too.</summary>
    private sealed class SharedCursor(DataViewRowCursor input, int users)
    {
        private const int LargestBatch = 64;

        private readonly Lock _lock = new();
        private int _batches;
        private int _users = users;
        private bool _ended;
        private Exception _error;

        public DataViewRowCursor Input => input;

        public int Take(Action<int>[] fill, out long batch)
        {
            lock (_lock)
            {
                if (_error != null)
                    throw Wrap(_error);
                var limit = Math.Min(_batches + 1, LargestBatch);
                batch = _batches++;
                var count = 0;
                try
                {
                    for (; count < limit && !_ended; count++)
                    {
                        _ended = !input.MoveNext();
                        if (_ended)
                            break;
                        foreach (var copy in fill)
                            copy(count);
                    }
                }
                catch (Exception e)
                {
                    _error = e;
                    throw Wrap(e);
                }

                return count;
            }
        }

        public void Release()
        {
            lock (_lock)
            {
                if (--_users == 0)
                    input.Dispose();
            }
        }
    }

    private sealed class SplitCursor : RootCursor
    {
        private readonly SharedCursor _source;
        private readonly RowBuffer _buffer;
        private int _count;
        private int _row = -1;
        private long _batch = -1;

        public SplitCursor(SharedCursor source, IEnumerable<DataViewSchema.Column> active)
        {
            _source = source;
            _buffer = new RowBuffer(source.Input, active);
        }

        public override long Batch => _batch;

        public override DataViewSchema Schema => _source.Input.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _buffer.Has(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            => RowGetters.Bind<TValue>(_buffer.Getter(column, Current), column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => _buffer.IdGetter(Current);

        protected override bool Advance()
        {
            if (++_row < _count)
                return true;
            _row = 0;
            _count = _source.Take(_buffer.Fill, out _batch);
            return _count > 0;
        }

        protected override void Close() => _source.Release();

        private int Current()
        {
            CheckOnRow();
            return _row;
        }
    }

    private sealed class JoinedCursor : RootCursor
    {
        private readonly Worker[] _workers;
        private readonly PriorityQueue<RowBatch, long> _ready = new();
        private readonly DataViewRowCursor _first;
        private RowBatch _current;
        private int _row;

        public JoinedCursor(DataViewRowCursor[] inputs)
        {
            _first = inputs[0];
            var active = _first.Schema.Where(_first.IsColumnActive).ToArray();
            _workers = Array.ConvertAll(inputs, input => new Worker(input, active));
        }

        public override long Batch => _current?.Number ?? -1;

        public override DataViewSchema Schema => _first.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _first.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Guard.State(IsColumnActive(column), $"Column '{column.Name}' was not requested.");
            RowGetters.Bind<TValue>(_workers[0].Blank.Getter(column, () => 0), column);
            return (ref TValue value) =>
            {
                CheckOnRow();
                ((ValueGetter<TValue>)_current.Getter(column))(ref value);
            };
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
        {
            CheckOnRow();
            _current.IdGetter(ref value);
        };

        protected override bool Advance()
        {
            if (_current != null && ++_row < _current.Count)
            {
                _current.Row = _row;
                return true;
            }

            _current?.Return();
            _current = null;
            while (_ready.Count == 0 || _ready.Peek().Number > _workers.Min(worker => worker.Pending))
            {
                if (_workers.All(worker => worker.Finished))
                    return false;
                Parallel.ForEach(_workers, worker => worker.Run());
                foreach (var worker in _workers)
                {
                    if (worker.Error != null)
                        throw Wrap(worker.Error);
                    if (worker.TakeDone() is { } done)
                        _ready.Enqueue(done, done.Number);
                }
            }

            _current = _ready.Dequeue();
            _row = _current.Row = 0;
            return true;
        }

        protected override void Close()
        {
            foreach (var worker in _workers)
                worker.Input.Dispose();
        }
    }

    /// <summary>Reads one cursor, a batch at a time.</summary>
    private sealed class Worker(DataViewRowCursor input, DataViewSchema.Column[] active)
    {
        private readonly Stack<RowBatch> _free = new();
        private RowBatch _done;
        private bool _started;

        public DataViewRowCursor Input => input;

        /// <summary>Tells the types of the columns.</summary>
        public RowBuffer Blank { get; } = new(input, active);

        public Exception Error { get; private set; }

        public bool Finished { get; private set; }

        /// <summary>No batch below this one is still to come.</summary>
        public long Pending => Finished ? long.MaxValue : _started ? input.Batch : -1;

        public void Run()
        {
            if (Finished)
                return;
            try
            {
                if (!_started)
                    Finished = !input.MoveNext();
                _started = true;
                if (Finished)
                    return;
                _done = _free.TryPop(out var batch) ? batch : new RowBatch(new RowBuffer(input, active), _free);
                _done.Number = input.Batch;
                _done.Count = 0;
                do
                {
                    foreach (var copy in _done.Buffer.Fill)
                        copy(_done.Count);
                    _done.Count++;
                    Finished = !input.MoveNext();
                }
                while (!Finished && input.Batch == _done.Number);
            }
            catch (Exception e)
            {
                Error = e;
                Finished = true;
            }
        }

        public RowBatch TakeDone()
        {
            var done = _done;
            _done = null;
            return done;
        }
    }

    private sealed class RowBatch(RowBuffer buffer, Stack<RowBatch> home)
    {
        private readonly Dictionary<int, Delegate> _getters = [];
        private ValueGetter<DataViewRowId> _idGetter;

        public RowBuffer Buffer => buffer;

        public long Number { get; set; }

        public int Count { get; set; }

        public int Row { get; set; }

        public ValueGetter<DataViewRowId> IdGetter => _idGetter ??= buffer.IdGetter(() => Row);

        public Delegate Getter(DataViewSchema.Column column)
        {
            if (!_getters.TryGetValue(column.Index, out var getter))
                _getters.Add(column.Index, getter = buffer.Getter(column, () => Row));
            return getter;
        }

        public void Return() => home.Push(this);
    }

    /// <summary>Copies of a cursor's active columns and ids, for several rows.</summary>
    private sealed class RowBuffer
    {
        private readonly Dictionary<int, BufferedColumn> _columns = [];
        private readonly BufferedColumn _ids = BufferedColumn.Create(RowIdDataViewType.Instance);

        public RowBuffer(DataViewRow row, IEnumerable<DataViewSchema.Column> active)
        {
            var fill = new List<Action<int>> { _ids.FillIds(row) };
            foreach (var column in active)
            {
                var buffer = BufferedColumn.Create(column.Type);
                _columns.Add(column.Index, buffer);
                fill.Add(buffer.Fill(row, column));
            }

            Fill = [.. fill];
        }

        public Action<int>[] Fill { get; }

        public bool Has(DataViewSchema.Column column) => _columns.ContainsKey(column.Index);

        public Delegate Getter(DataViewSchema.Column column, Func<int> row)
        {
            Guard.State(Has(column), $"Column '{column.Name}' was not requested.");
            return _columns[column.Index].CreateGetter(row);
        }

        public ValueGetter<DataViewRowId> IdGetter(Func<int> row) => (ValueGetter<DataViewRowId>)_ids.CreateGetter(row);
    }
}
