using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>The values of one column for several rows that were read ahead.</summary>
internal abstract class BufferedColumn
{
    /// <summary>Makes the buffer for a column of any type.</summary>
    /// <param name="source">The row the values are read from as it moves.</param>
    /// <param name="column">A column active there.</param>
    /// <param name="capacity">How many rows are held.</param>
    public static BufferedColumn Create(DataViewRow source, DataViewSchema.Column column, int capacity)
    {
        var type = column.Type is VectorDataViewType vector
            ? typeof(BufferedVectors<>).MakeGenericType(vector.ItemType.RawType)
            : typeof(BufferedValues<>).MakeGenericType(column.Type.RawType);
        return (BufferedColumn)Activator.CreateInstance(type, source, column, capacity)!;
    }

    /// <summary>Takes the value of the source's current row into a slot.</summary>
    public abstract void Read(int slot);

    /// <summary>A getter that copies the value of the slot that is current when it is called.</summary>
    public abstract Delegate CreateGetter(Func<int> currentSlot);

    /// <summary>The value in a slot as messages show it.</summary>
    public abstract string Text(int slot);
}

/// <summary>Buffers a column that is no vector.</summary>
internal sealed class BufferedValues<T>(DataViewRow source, DataViewSchema.Column column, int capacity) : BufferedColumn
{
    private readonly ValueGetter<T> _getter = source.GetGetter<T>(column);
    private readonly T[] _slots = new T[capacity];

    public override void Read(int slot)
    {
        // Some getters (images) dispose what they find before they replace it, and that may be in the hands of a reader.
        _slots[slot] = default!;
        _getter(ref _slots[slot]);
    }

    public override Delegate CreateGetter(Func<int> currentSlot) => (ValueGetter<T>)((ref T value) => value = _slots[currentSlot()]);

    public override string Text(int slot) => Convert.ToString(_slots[slot], CultureInfo.InvariantCulture) ?? "";
}

/// <summary>Buffers a column of vectors.</summary>
internal sealed class BufferedVectors<T>(DataViewRow source, DataViewSchema.Column column, int capacity) : BufferedColumn
{
    private readonly ValueGetter<VBuffer<T>> _getter = source.GetGetter<VBuffer<T>>(column);
    private readonly VBuffer<T>[] _slots = new VBuffer<T>[capacity];

    public ref readonly VBuffer<T> this[int slot] => ref _slots[slot];

    public override void Read(int slot)
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) _slots[slot] = default;
        _getter(ref _slots[slot]);
    }

    public override Delegate CreateGetter(Func<int> currentSlot) =>
        (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _slots[currentSlot()].CopyTo(ref value));

    public override string Text(int slot) => _slots[slot].ToString();
}

/// <summary>The row in one slot of some buffered columns of vectors.</summary>
internal sealed class SlotRow(IReadOnlyList<BufferedColumn> columns) : IInputRow
{
    public int Slot { get; set; }

    public ref readonly VBuffer<T> Get<T>(int column) => ref ((BufferedVectors<T>)columns[column])[Slot];
}
