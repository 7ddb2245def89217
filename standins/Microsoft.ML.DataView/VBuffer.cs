using System.Collections;

namespace Microsoft.ML.Data;

/// <summary>
/// A vector, dense, or sparse with ascending indices of its explicit values. Its arrays may be longer than needed and are reused by
/// whoever holds it by reference; a copy of the struct shares them.
/// </summary>
public readonly struct VBuffer<T> : IEnumerable
{
    private readonly T[] _values;
    private readonly int[] _indices;
    private readonly int _count;

    public readonly int Length;

    public VBuffer(int length, T[] values, int[] indices = null)
        : this(length, length, values, indices)
    {
    }

    public VBuffer(int length, int count, T[] values, int[] indices)
    {
        Guard.Param(length >= 0, nameof(length));
        Guard.Param(count >= 0 && count <= length, nameof(count));
        Guard.Param((values?.Length ?? 0) >= count, nameof(values));
        Guard.Param(count == length || (indices?.Length ?? 0) >= count, nameof(indices));
        Length = length;
        _count = count;
        _values = values;
        _indices = indices;
    }

    public bool IsDense => _count == Length;

    public static void Copy(T[] source, int sourceIndex, ref VBuffer<T> destination, int length)
    {
        var available = source?.Length ?? 0;
        Guard.Param(length >= 0 && length <= available, nameof(length));
        Guard.Param(sourceIndex >= 0 && sourceIndex <= available - length, nameof(sourceIndex));
        var editor = VBufferEditor.Create(ref destination, length);
        source.AsSpan(sourceIndex, length).CopyTo(editor.Values);
        destination = editor.Commit();
    }

    /// <summary>The explicit values: all of them when dense.</summary>
    public ReadOnlySpan<T> GetValues() => _values.AsSpan(0, _count);

    /// <summary>The slots of the explicit values; empty when dense.</summary>
    public ReadOnlySpan<int> GetIndices() => IsDense ? default : _indices.AsSpan(0, _count);

    public void CopyTo(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, Length, _count);
        GetValues().CopyTo(editor.Values);
        GetIndices().CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination, int sourceIndex, int length)
    {
        Guard.Param(sourceIndex >= 0 && sourceIndex <= Length, nameof(sourceIndex));
        Guard.Param(length >= 0 && sourceIndex <= Length - length, nameof(length));
        if (IsDense)
        {
            var dense = VBufferEditor.Create(ref destination, length);
            _values.AsSpan(sourceIndex, length).CopyTo(dense.Values);
            destination = dense.Commit();
            return;
        }

        var first = FirstAtOrAfter(sourceIndex);
        var count = FirstAtOrAfter(sourceIndex + length) - first;
        var editor = VBufferEditor.Create(ref destination, length, count);
        _values.AsSpan(first, count).CopyTo(editor.Values);
        for (var i = 0; i < editor.Indices.Length; i++)
            editor.Indices[i] = _indices[first + i] - sourceIndex;
        destination = editor.Commit();
    }

    public void CopyTo(Span<T> destination) => CopyTo(destination, 0);

    public void CopyTo(Span<T> destination, int destinationIndex, T defaultValue = default)
    {
        var fits = destinationIndex >= 0 && destinationIndex <= destination.Length - Length;
        Guard.Param(fits, nameof(destination), "Not large enough to hold these values.");
        var target = destination.Slice(destinationIndex, Length);
        if (IsDense)
        {
            GetValues().CopyTo(target);
            return;
        }

        // With no explicit value the real library clears, whatever the default value asked for.
        target.Fill(_count == 0 ? default : defaultValue);
        for (var i = 0; i < _count; i++)
            target[_indices[i]] = _values[i];
    }

    public void CopyToDense(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, Length);
        CopyTo(editor.Values);
        destination = editor.Commit();
    }

    /// <summary>Slot and value of the explicit values, or of all slots.</summary>
    public IEnumerable<KeyValuePair<int, T>> Items(bool all = false)
        => IsDense || all ? AllItems(_values, _indices, _count, Length) : ExplicitItems(_values, _indices, _count);

    public IEnumerable<T> DenseValues() => AllItems(_values, _indices, _count, Length).Select(item => item.Value);

    public void GetItemOrDefault(int index, ref T destination) => destination = GetItemOrDefault(index);

    public T GetItemOrDefault(int index)
    {
        Guard.Param(index >= 0 && index < Length, nameof(index));
        if (IsDense)
            return _values[index];
        var place = FirstAtOrAfter(index);
        return place < _count && _indices[place] == index ? _values[place] : default;
    }

    public IEnumerator GetEnumerator() => _values.GetEnumerator();

    public override string ToString()
        => IsDense ? $"Dense vector of size {Length}" : $"Sparse vector of size {Length}, {_count} explicit values";

    internal VBufferEditor<T> Edit() => Edit(Length, _count, null, false, false);

    internal VBufferEditor<T> Edit(int length, int? count, int? capacity, bool keepOld, bool indicesOnDense)
    {
        Guard.Param(length >= 0, nameof(length));
        Guard.Param(count is null || (count >= 0 && count <= length), nameof(count));
        var explicitCount = count ?? length;
        var values = _values;
        var createdValues = Grow(ref values, explicitCount, capacity, keepOld);
        var indices = _indices;
        var createdIndices = (explicitCount < length || indicesOnDense) && Grow(ref indices, explicitCount, capacity, keepOld);
        return new VBufferEditor<T>(length, explicitCount, values, indices, indicesOnDense, createdValues, createdIndices);
    }

    private static bool Grow<TItem>(ref TItem[] array, int needed, int? capacity, bool keepOld)
    {
        var present = array?.Length ?? 0;
        var limit = capacity ?? Array.MaxLength;
        Guard.Param(needed <= limit, nameof(capacity), "The capacity is below the number of values.");
        if (present >= needed)
            return false;
        var size = (int)Math.Max(needed, Math.Min(limit, Math.Max(4L, 2L * present)));
        if (keepOld)
            Array.Resize(ref array, size);
        else
            array = new TItem[size];
        return true;
    }

    private static IEnumerable<KeyValuePair<int, T>> ExplicitItems(T[] values, int[] indices, int count)
    {
        for (var i = 0; i < count; i++)
            yield return KeyValuePair.Create(indices[i], values[i]);
    }

    private static IEnumerable<KeyValuePair<int, T>> AllItems(T[] values, int[] indices, int count, int length)
    {
        var next = 0;
        for (var slot = 0; slot < length; slot++)
        {
            var isExplicit = count == length || (next < count && indices[next] == slot);
            yield return KeyValuePair.Create(slot, isExplicit ? values[next++] : default);
        }
    }

    private int FirstAtOrAfter(int slot)
    {
        if (_count == 0)
            return 0;
        var place = Array.BinarySearch(_indices, 0, _count, slot);
        return place >= 0 ? place : ~place;
    }
}
