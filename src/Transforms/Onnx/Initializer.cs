using System.Buffers;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>
/// A weight of the graph that stays where it is until the model is written: its name, its shape there and how to get its values.
/// </summary>
/// <param name="Name">Unique in the graph.</param>
/// <param name="Type">Type of the values in the file.</param>
/// <param name="Shape">Shape as the graph sees it.</param>
/// <param name="Read">Gives the values, row-major, in <paramref name="Shape"/> or, with <paramref name="Transposed"/>, in its transpose.</param>
/// <param name="Transposed">The values lie as [Shape[1], Shape[0]] and are turned while they are written.</param>
internal sealed record Initializer(string Name, OnnxType Type, long[] Shape, Func<Array> Read, bool Transposed)
{
    private const int ChunkLength = 1 << 18;

    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    public long ByteCount => checked(Count * Type switch
    {
        OnnxType.Float => sizeof(float),
        OnnxType.Float16 => sizeof(ushort),
        OnnxType.Int8 => sizeof(sbyte),
        _ => throw new NotSupportedException($"Weight '{Name}': weights are not written as {Type}."),
    });

    /// <summary>Writes the values in little-endian order, in chunks, so that no second copy of the whole tensor exists.</summary>
    public void WriteValues(Stream output)
    {
        var values = Read();
        if (values.Length != Count)
        {
            throw new InvalidDataException(
                $"Weight '{Name}' has {values.Length} values; its shape [{string.Join(", ", Shape)}] asks for {Count}.");
        }
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("ONNX weights are written on little-endian machines only.");
        switch (Type, values)
        {
            case (OnnxType.Float, float[] singles): Write(singles, output); break;
            case (OnnxType.Float16, Half[] halves): Write(halves, output); break;
            case (OnnxType.Int8, sbyte[] bytes): Write(bytes, output); break;
            default: throw new InvalidDataException($"Weight '{Name}' of type {Type} got values of type {values.GetType().GetElementType()}.");
        }
    }

    private void Write<T>(T[] values, Stream output)
        where T : unmanaged
    {
        if (Transposed)
            WriteTransposed(values, output);
        else
            WriteChunks<T>(values, output);
    }

    private static void WriteChunks<T>(ReadOnlySpan<T> values, Stream output)
        where T : unmanaged
    {
        for (var start = 0; start < values.Length; start += ChunkLength)
            output.Write(MemoryMarshal.AsBytes(values.Slice(start, Math.Min(ChunkLength, values.Length - start))));
    }

    private void WriteTransposed<T>(T[] values, Stream output)
        where T : unmanaged
    {
        int rows = checked((int)Shape[0]), columns = checked((int)Shape[1]);
        if (rows == 0 || columns == 0) return;
        var rowsInChunk = Math.Clamp(ChunkLength / columns, 1, rows);
        var chunk = ArrayPool<T>.Shared.Rent(rowsInChunk * columns);
        try
        {
            for (var first = 0; first < rows; first += rowsInChunk)
            {
                var count = Math.Min(rowsInChunk, rows - first);
                for (var column = 0; column < columns; column++)
                {
                    var source = values.AsSpan(column * rows + first, count);
                    for (var row = 0; row < count; row++)
                        chunk[row * columns + column] = source[row];
                }
                output.Write(MemoryMarshal.AsBytes(chunk.AsSpan(0, count * columns)));
            }
        }
        finally
        {
            ArrayPool<T>.Shared.Return(chunk);
        }
    }
}
