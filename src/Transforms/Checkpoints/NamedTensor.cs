using System.Runtime.InteropServices;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage;

/// <summary>A tensor to be written: its name, type and shape, and a way to its elements that is followed only while writing.</summary>
public sealed class NamedTensor
{
    private readonly Action<Stream> _write;

    /// <summary>A tensor of floats.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="shape">The extent of each dimension, outermost first; empty for a scalar.</param>
    /// <param name="values">The elements in row-major order.</param>
    /// <exception cref="ArgumentException">The shape does not hold as many elements as there are values.</exception>
    public NamedTensor(string name, IReadOnlyList<long> shape, float[] values)
        : this(name, TensorElementType.Float32, shape, stream => WriteAll<float>(stream, values), values.Length)
    {
    }

    /// <summary>A tensor of 64-bit integers.</summary>
    /// <inheritdoc cref="NamedTensor(string, IReadOnlyList{long}, float[])"/>
    public NamedTensor(string name, IReadOnlyList<long> shape, long[] values)
        : this(name, TensorElementType.Int64, shape, stream => WriteAll<long>(stream, values), values.Length)
    {
    }

    /// <summary>A tensor of another checkpoint, which must stay open until the writing is done.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="tensor">The tensor; its type and bytes are kept.</param>
    public NamedTensor(string name, CheckpointTensor tensor)
        : this(name, tensor.ElementType, tensor.Shape, tensor.CopyBytesTo)
    {
    }

    /// <summary>A tensor whose elements are made while writing.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="elementType">The type of the elements.</param>
    /// <param name="shape">The extent of each dimension, outermost first; empty for a scalar.</param>
    /// <param name="write">Writes exactly the elements, little endian, in row-major order.</param>
    /// <exception cref="ArgumentException">The shape is not valid.</exception>
    public NamedTensor(string name, TensorElementType elementType, IReadOnlyList<long> shape, Action<Stream> write)
        : this(name, elementType, shape, write, null)
    {
    }

    private NamedTensor(string name, TensorElementType elementType, IReadOnlyList<long> shape, Action<Stream> write, long? found)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!TensorElements.TryCount(shape, out var count) || count > long.MaxValue / 8)
            throw new ArgumentException($"The shape {TensorElements.Describe(shape)} of '{name}' is not valid.", nameof(shape));
        if (found is { } length && length != count)
            throw new ArgumentException($"'{name}' of shape {TensorElements.Describe(shape)} needs {count} values; found {length}.", nameof(shape));
        Name = name;
        ElementType = elementType;
        Shape = [.. shape];
        ByteLength = count * TensorElements.SizeOf(elementType);
        _write = write;
    }

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>The type of the elements.</summary>
    public TensorElementType ElementType { get; }

    /// <summary>The extent of each dimension, outermost first.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of bytes of the elements.</summary>
    public long ByteLength { get; }

    internal void WriteTo(Stream stream) => _write(stream);

    private static void WriteAll<T>(Stream stream, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        const int Piece = 1 << 20;
        for (; values.Length > Piece; values = values[Piece..])
            stream.Write(MemoryMarshal.AsBytes(values[..Piece]));
        stream.Write(MemoryMarshal.AsBytes(values));
    }
}
