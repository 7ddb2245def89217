using System.Collections;

namespace TorchSharp.Utils;

/// <summary>Reads and writes the elements of a CPU tensor in row-major order, whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private torch.Tensor? _tensor;

    internal TensorAccessor(torch.Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU)
            throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move the tensor to the cpu first.");
        _tensor = tensor;
    }

    public long Count => _tensor?.numel() ?? 0;

    public bool IsReadOnly => false;

    public T this[params long[] indices]
    {
        get
        {
            var value = *Locate(indices);
            GC.KeepAlive(Tensor);
            return value;
        }
        set
        {
            *Locate(indices) = value;
            GC.KeepAlive(Tensor);
        }
    }

    public T[] ToArray()
    {
        var result = new T[Count];
        if (result.Length > 0 || Tensor.ndim > 1) CopyTo(result);
        return result;
    }

    /// <summary>Copies to an array; a tensor without elements has no index to start at.</summary>
    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tensorIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(tensorIndex, Count);
        if (Tensor.is_contiguous())
        {
            var count = checked((int)Math.Min(Count - tensorIndex, array.Length - arrayIndex));
            new ReadOnlySpan<T>((T*)Tensor.Pointer + tensorIndex, count).CopyTo(array.AsSpan(arrayIndex, count));
            GC.KeepAlive(Tensor);
            return;
        }
        foreach (var value in this.Skip(checked((int)tensorIndex)).Take(array.Length - arrayIndex)) array[arrayIndex++] = value;
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var walk = new Walk(Tensor);
        var data = (T*)Tensor.Pointer;
        for (long i = 0; arrayIndex < array.Length && walk.MoveNext(); i++)
            if (i >= tensorIndex) data[walk.Offset] = array[arrayIndex++];
        GC.KeepAlive(Tensor);
    }

    public IEnumerator<T> GetEnumerator()
    {
        var walk = new Walk(Tensor);
        while (walk.MoveNext()) yield return Read(walk.Offset);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => _tensor = null;

    private torch.Tensor Tensor => _tensor ?? throw new ObjectDisposedException(nameof(TensorAccessor<T>));

    private T Read(long offset)
    {
        var value = ((T*)Tensor.Pointer)[offset];
        GC.KeepAlive(Tensor);
        return value;
    }

    private T* Locate(long[] indices)
    {
        var sizes = Tensor.shape;
        // One index into a tensor of another rank is a position in row-major order; data<T>()[0] reads a 0-dimensional tensor.
        if (indices.Length == 1 && sizes.Length != 1) indices = Unravel(indices[0], sizes);
        if (indices.Length != sizes.Length)
            throw new ArgumentException($"{indices.Length} indices into a tensor of {sizes.Length} dimensions.", nameof(indices));
        var strides = Tensor.stride();
        long offset = 0;
        for (var i = 0; i < sizes.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(indices[i], 0, nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(indices[i], sizes[i], nameof(indices));
            offset += indices[i] * strides[i];
        }
        return (T*)Tensor.Pointer + offset;
    }

    private static long[] Unravel(long index, long[] sizes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(index, 0);
        var indices = new long[sizes.Length];
        for (var i = sizes.Length - 1; i >= 0; i--) (index, indices[i]) = Math.DivRem(index, Math.Max(sizes[i], 1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, 0);
        return indices;
    }

    /// <summary>The storage offsets of a strided tensor in row-major order.</summary>
    private sealed class Walk(torch.Tensor tensor)
    {
        private readonly long[] _sizes = tensor.shape;
        private readonly long[] _strides = tensor.stride();
        private readonly long[] _at = new long[tensor.ndim];
        private long _left = tensor.numel();
        private bool _started;

        internal long Offset { get; private set; }

        internal bool MoveNext()
        {
            if (_left-- <= 0) return false;
            if (!_started) return _started = true;
            for (var i = _sizes.Length - 1; i >= 0; i--)
            {
                Offset += _strides[i];
                if (++_at[i] < _sizes[i]) break;
                Offset -= _strides[i] * _sizes[i];
                _at[i] = 0;
            }
            return true;
        }
    }
}
