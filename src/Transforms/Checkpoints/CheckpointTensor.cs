using System.Runtime.InteropServices;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage;

/// <summary>
/// One tensor of an open <see cref="Checkpoint"/>. Nothing is read until one of its methods is called; after the checkpoint is
/// disposed they throw <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed class CheckpointTensor
{
    private readonly TensorStorage _storage;
    private readonly long _byteOffset;
    private readonly long[]? _strides;

    /// <param name="name">The name in the file.</param>
    /// <param name="elementType">The type of the elements.</param>
    /// <param name="shape">The dimensions.</param>
    /// <param name="storage">Where the elements lie.</param>
    /// <param name="byteOffset">Of the first element.</param>
    /// <param name="strides">In elements; null when the elements lie in row-major order without gaps.</param>
    internal CheckpointTensor(
        string name, TensorElementType elementType, long[] shape, TensorStorage storage, long byteOffset, long[]? strides = null)
    {
        if (!TensorElements.TryCount(shape, out var count))
            throw new ArgumentException($"The shape {TensorElements.Describe(shape)} is not valid.", nameof(shape));
        Name = name;
        ElementType = elementType;
        Shape = Array.AsReadOnly(shape);
        Count = count;
        _storage = storage;
        _byteOffset = byteOffset;
        _strides = strides;
    }

    /// <summary>The name the file gives the tensor.</summary>
    public string Name { get; }

    /// <summary>The type of the elements in the file.</summary>
    public TensorElementType ElementType { get; }

    /// <summary>The extent of each dimension, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>The number of bytes of the elements in row-major order.</summary>
    public long ByteLength => Count * TensorElements.SizeOf(ElementType);

    /// <summary>Reads the elements, converted to <see cref="float"/>, in row-major order.</summary>
    /// <exception cref="InvalidOperationException">The tensor has more elements than an array can hold.</exception>
    public float[] ToSingles()
    {
        var values = new float[ArrayLength()];
        CopyTo(values);
        return values;
    }

    /// <summary>Reads the elements of an integer or boolean tensor in row-major order.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds floating-point numbers, or too many elements for an array.</exception>
    public long[] ToInt64s()
    {
        if (!TensorElements.IsInteger(ElementType))
            throw new InvalidOperationException($"Tensor '{Name}' holds {ElementType} elements; expected an integer or Boolean type.");
        var values = new long[ArrayLength()];
        using var chunks = Chunks();
        var done = 0;
        while (chunks.Next(out var bytes))
            done += TensorConversion.ToInt64s(ElementType, bytes, values.AsSpan(done));
        return values;
    }

    /// <summary>Reads the elements, converted to <see cref="float"/>, in row-major order.</summary>
    /// <param name="destination">Exactly <see cref="Count"/> elements long.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void CopyTo(Span<float> destination)
    {
        if (destination.Length != Count)
            throw new ArgumentException($"Tensor '{Name}' has {Count} elements; the destination has {destination.Length}.", nameof(destination));
        using var chunks = Chunks();
        var done = 0;
        while (chunks.Next(out var bytes))
            done += TensorConversion.ToSingles(ElementType, bytes, destination[done..]);
    }

    /// <summary>Copies the elements as they are in the file (little endian), in row-major order.</summary>
    /// <param name="destination">Exactly <see cref="ByteLength"/> bytes long.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void CopyBytesTo(Span<byte> destination)
    {
        if (destination.Length != ByteLength)
            throw new ArgumentException($"Tensor '{Name}' has {ByteLength} bytes; the destination has {destination.Length}.", nameof(destination));
        using var chunks = Chunks();
        while (chunks.Next(out var bytes))
        {
            bytes.CopyTo(destination);
            destination = destination[bytes.Length..];
        }
    }

    /// <summary>Writes the elements as they are in the file (little endian), in row-major order, in pieces.</summary>
    /// <param name="destination">The stream to write to.</param>
    public void CopyBytesTo(Stream destination)
    {
        using var chunks = Chunks();
        while (chunks.Next(out var bytes))
            destination.Write(bytes);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {ElementType} {TensorElements.Describe(Shape)}";

    /// <summary>The same of a part of the first axis.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="count">How many places it has.</param>
    internal CheckpointTensor Rows(long start, long count)
    {
        if (_strides is not null || Shape.Count == 0 || start < 0 || count < 0 || start > Shape[0] - count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(start), $"Tensor '{Name}' of shape {TensorElements.Describe(Shape)} has no rows {start} to {start + count}.");
        }

        var row = Shape[0] == 0 ? 0 : ByteLength / Shape[0];
        return new(Name, ElementType, [count, .. Shape.Skip(1)], _storage, _byteOffset + (start * row));
    }

    private TensorChunks Chunks() => new(_storage, _byteOffset, TensorElements.SizeOf(ElementType), Shape, _strides, Count);

    private int ArrayLength()
    {
        if (Count > Array.MaxLength)
            throw new InvalidOperationException($"Tensor '{Name}' has {Count} elements, more than an array can hold; read it in pieces.");
        return (int)Count;
    }
}

/// <summary>Conversions of raw little-endian elements; each returns the number of elements converted.</summary>
internal static class TensorConversion
{
    public static int ToSingles(TensorElementType type, ReadOnlySpan<byte> bytes, Span<float> target) => type switch
    {
        TensorElementType.Float32 => Copy(MemoryMarshal.Cast<byte, float>(bytes), target),
        TensorElementType.Float16 => Map(MemoryMarshal.Cast<byte, Half>(bytes), target, static v => (float)v),
        TensorElementType.BFloat16 => Map(
            MemoryMarshal.Cast<byte, ushort>(bytes), target, static v => BitConverter.UInt32BitsToSingle((uint)v << 16)),
        TensorElementType.Float64 => Map(MemoryMarshal.Cast<byte, double>(bytes), target, static v => (float)v),
        TensorElementType.Int64 => Map(MemoryMarshal.Cast<byte, long>(bytes), target, static v => (float)v),
        TensorElementType.Int32 => Map(MemoryMarshal.Cast<byte, int>(bytes), target, static v => (float)v),
        TensorElementType.Int16 => Map(MemoryMarshal.Cast<byte, short>(bytes), target, static v => (float)v),
        TensorElementType.Int8 => Map(bytes, target, static v => (float)(sbyte)v),
        TensorElementType.UInt8 => Map(bytes, target, static v => (float)v),
        TensorElementType.Bool => Map(bytes, target, static v => v == 0 ? 0f : 1f),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    public static int ToInt64s(TensorElementType type, ReadOnlySpan<byte> bytes, Span<long> target) => type switch
    {
        TensorElementType.Int64 => Copy(MemoryMarshal.Cast<byte, long>(bytes), target),
        TensorElementType.Int32 => Map(MemoryMarshal.Cast<byte, int>(bytes), target, static v => (long)v),
        TensorElementType.Int16 => Map(MemoryMarshal.Cast<byte, short>(bytes), target, static v => (long)v),
        TensorElementType.Int8 => Map(bytes, target, static v => (long)(sbyte)v),
        TensorElementType.UInt8 => Map(bytes, target, static v => (long)v),
        TensorElementType.Bool => Map(bytes, target, static v => v == 0 ? 0L : 1L),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    private static int Copy<T>(ReadOnlySpan<T> source, Span<T> target)
    {
        source.CopyTo(target);
        return source.Length;
    }

    private static int Map<TIn, TOut>(ReadOnlySpan<TIn> source, Span<TOut> target, Func<TIn, TOut> convert)
    {
        for (var i = 0; i < source.Length; i++)
            target[i] = convert(source[i]);
        return source.Length;
    }
}
