using System.Buffers;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>Hands out the bytes of a tensor in row-major order, piece by piece; pieces hold whole elements.</summary>
internal ref struct TensorChunks : IDisposable
{
    private const int ChunkElements = 1 << 16;

    private readonly IReadOnlyList<long> _shape;
    private readonly long[]? _strides;
    private readonly long[] _index;
    private readonly int _size;
    private readonly StorageView? _view;
    private byte[]? _buffer;
    private long _position;
    private long _left;

    /// <param name="storage">Where the elements lie.</param>
    /// <param name="byteOffset">Of the first element.</param>
    /// <param name="size">Bytes an element.</param>
    /// <param name="shape">The dimensions.</param>
    /// <param name="strides">In elements, not negative; null for row-major order without gaps.</param>
    /// <param name="count">The number of elements.</param>
    public TensorChunks(TensorStorage storage, long byteOffset, int size, IReadOnlyList<long> shape, long[]? strides, long count)
    {
        _shape = shape;
        _strides = strides;
        _index = new long[shape.Count];
        _size = size;
        _left = count;
        if (count == 0) return;
        var extent = count;
        if (strides != null)
        {
            extent = 1;
            for (var i = 0; i < strides.Length; i++)
                extent += (shape[i] - 1) * strides[i];
        }

        _view = storage.View(byteOffset, extent * size);
        if (strides != null) _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(count, ChunkElements) * size);
    }

    public bool Next(out ReadOnlySpan<byte> bytes)
    {
        var elements = (int)Math.Min(_left, ChunkElements);
        bytes = default;
        if (elements == 0) return false;
        _left -= elements;
        if (_strides == null)
        {
            bytes = _view!.Slice(_position, elements * _size);
            _position += bytes.Length;
            return true;
        }

        var target = _buffer.AsSpan(0, elements * _size);
        for (var i = 0; i < elements; i++)
        {
            _view!.Slice(_position * _size, _size).CopyTo(target[(i * _size)..]);
            Advance();
        }

        bytes = target;
        return true;
    }

    public void Dispose()
    {
        _view?.Dispose();
        if (_buffer != null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }

    /// <summary>Moves to the next element of the strided order, carrying from the innermost dimension outwards.</summary>
    private void Advance()
    {
        for (var d = _index.Length - 1; d >= 0; d--)
        {
            _position += _strides![d];
            if (++_index[d] < _shape[d]) return;
            _position -= _strides[d] * _shape[d];
            _index[d] = 0;
        }
    }
}
