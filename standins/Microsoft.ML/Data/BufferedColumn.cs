#nullable disable

namespace Microsoft.ML.Data;

/// <summary>The values of one column for numbered rows, copied out of a cursor.</summary>
internal abstract class BufferedColumn
{
    public static BufferedColumn Create(DataViewType type)
        => type is VectorDataViewType vector ? Make(typeof(Vectors<>), vector.ItemType.RawType) : Make(typeof(Scalars<>), type.RawType);

    /// <summary>The action that stores the cursor's current value for a row.</summary>
    public abstract Action<int> Fill(DataViewRow row, DataViewSchema.Column column);

    /// <summary>As Fill, for the row's id; only for a column of ids.</summary>
    public Action<int> FillIds(DataViewRow row) => ((Values<DataViewRowId>)this).Fill(row.GetIdGetter());

    public abstract void Swap(int first, int second);

    /// <summary>A getter of the value stored for the row that the function names.</summary>
    public abstract Delegate CreateGetter(Func<int> row);

    private static BufferedColumn Make(Type kind, Type item) => (BufferedColumn)Activator.CreateInstance(kind.MakeGenericType(item));

    private abstract class Values<TValue> : BufferedColumn
    {
        private TValue[] _values = [];

        public override Action<int> Fill(DataViewRow row, DataViewSchema.Column column) => Fill(row.GetGetter<TValue>(column));

        public Action<int> Fill(ValueGetter<TValue> getter) => index =>
        {
            if (index >= _values.Length)
                Array.Resize(ref _values, Math.Max(index + 1, Math.Max(16, 2 * _values.Length)));
            getter(ref _values[index]);
        };

        public override void Swap(int first, int second) => (_values[first], _values[second]) = (_values[second], _values[first]);

        public override Delegate CreateGetter(Func<int> row)
            => (ValueGetter<TValue>)((ref TValue value) => Copy(in _values[row()], ref value));

        protected abstract void Copy(in TValue source, ref TValue destination);
    }

    private sealed class Scalars<TValue> : Values<TValue>
    {
        protected override void Copy(in TValue source, ref TValue destination) => destination = source;
    }

    private sealed class Vectors<TItem> : Values<VBuffer<TItem>>
    {
        protected override void Copy(in VBuffer<TItem> source, ref VBuffer<TItem> destination) => source.CopyTo(ref destination);
    }
}
