using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>
/// What a batched scorer is to ML.NET: a view of somebody else's making that reads rows ahead of the row it shows. It adds the column
/// Sum, the sum of the source's Values, for all rows of a batch at once.
/// </summary>
internal sealed class ReadAheadView : IDataView
{
    private readonly IDataView _source;
    private readonly int _ahead;
    private int _cursors;
    private int _sums;

    public ReadAheadView(IDataView source, int ahead)
    {
        _source = source;
        _ahead = ahead;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(source.Schema);
        builder.AddColumn("Sum", NumberDataViewType.Single);
        Schema = builder.ToSchema();
    }

    /// <summary>How many cursors were asked for.</summary>
    public int Cursors => _cursors;

    /// <summary>For how many rows the added column was computed.</summary>
    public int Sums => _sums;

    public bool CanShuffle => _source.CanShuffle;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = columnsNeeded.Select(column => column.Index).ToHashSet();
        return new Cursor(this, _source.GetRowCursor(Needed(active), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var active = columnsNeeded.Select(column => column.Index).ToHashSet();
        return [.. _source.GetRowCursorSet(Needed(active), n, rand).Select(cursor => new Cursor(this, cursor, active))];
    }

    private IEnumerable<DataViewSchema.Column> Needed(HashSet<int> active)
    {
        var values = active.Contains(_source.Schema.Count) ? _source.Schema["Values"].Index : -1;
        return _source.Schema.Where(column => active.Contains(column.Index) || column.Index == values);
    }

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly ReadAheadView _view;
        private readonly DataViewRowCursor _input;
        private readonly HashSet<int> _active;
        private readonly Ahead?[] _columns;
        private readonly Ahead<DataViewRowId> _ids;
        private readonly long[] _batches;
        private readonly float[] _sums;
        private readonly ValueGetter<VBuffer<float>>? _values;
        private int _count;
        private int _current = -1;
        private long _position = -1;

        public Cursor(ReadAheadView view, DataViewRowCursor input, HashSet<int> active)
        {
            Interlocked.Increment(ref view._cursors);
            _view = view;
            _input = input;
            _active = active;
            _batches = new long[view._ahead];
            _sums = new float[view._ahead];
            _ids = new AheadScalar<DataViewRowId>(input.GetIdGetter(), view._ahead);
            _columns = [.. input.Schema.Select(column => active.Contains(column.Index) ? Ahead.Create(input, column, view._ahead) : null)];
            if (active.Contains(input.Schema.Count)) _values = input.GetGetter<VBuffer<float>>(input.Schema["Values"]);
        }

        public override long Position => _position;

        public override long Batch => _current < 0 ? _input.Batch : _batches[_current];

        public override DataViewSchema Schema => _view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

        public override bool MoveNext()
        {
            if (++_current >= _count) ReadAhead();
            if (_count == 0)
            {
                (_current, _position) = (-1, -1);
                return false;
            }

            _position++;
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => _ids.CreateGetter(() => _current);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column)) throw new InvalidOperationException($"Column '{column.Name}' is not active.");
            Delegate? getter = column.Index == _columns.Length
                ? (ValueGetter<float>)((ref float value) => value = _sums[_current])
                : (_columns[column.Index] as Ahead<TValue>)?.CreateGetter(() => _current);
            return getter as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"Column '{column.Name}' holds no {typeof(TValue)}.");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) _input.Dispose();
        }

        private void ReadAhead()
        {
            (_current, _count) = (0, 0);
            VBuffer<float> values = default;
            for (; _count < _view._ahead && _input.MoveNext(); _count++)
            {
                _ids.Read(_count);
                _batches[_count] = _input.Batch;
                foreach (var column in _columns)
                    column?.Read(_count);
                if (_values == null) continue;
                _values(ref values);
                _sums[_count] = values.DenseValues().Sum();
                Interlocked.Increment(ref _view._sums);
            }
        }
    }

    private abstract class Ahead
    {
        public static Ahead Create(DataViewRow row, DataViewSchema.Column column, int ahead)
        {
            var item = (column.Type as VectorDataViewType)?.ItemType.RawType ?? column.Type.RawType;
            var kind = column.Type is VectorDataViewType ? typeof(AheadVector<>) : typeof(AheadScalar<>);
            var method = typeof(DataViewRow).GetMethod(nameof(DataViewRow.GetGetter))!.MakeGenericMethod(column.Type.RawType);
            var getter = method.Invoke(row, [column])!;
            return (Ahead)Activator.CreateInstance(kind.MakeGenericType(item), getter, ahead)!;
        }

        public abstract void Read(int slot);
    }

    private abstract class Ahead<TValue>(ValueGetter<TValue> getter, int ahead) : Ahead
    {
        private readonly TValue[] _values = new TValue[ahead];

        public override void Read(int slot) => getter(ref _values[slot]);

        public ValueGetter<TValue> CreateGetter(Func<int> slot) => (ref TValue value) => Copy(in _values[slot()], ref value);

        protected abstract void Copy(in TValue source, ref TValue destination);
    }

    private sealed class AheadScalar<TValue>(ValueGetter<TValue> getter, int ahead) : Ahead<TValue>(getter, ahead)
    {
        protected override void Copy(in TValue source, ref TValue destination) => destination = source;
    }

    private sealed class AheadVector<TItem>(ValueGetter<VBuffer<TItem>> getter, int ahead) : Ahead<VBuffer<TItem>>(getter, ahead)
    {
        protected override void Copy(in VBuffer<TItem> source, ref VBuffer<TItem> destination) => source.CopyTo(ref destination);
    }
}
