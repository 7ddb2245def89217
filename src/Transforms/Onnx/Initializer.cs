using System.Buffers;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>
/// A weight of the graph that stays where it is until the model is written: its name, its shape there and how to get its values.
/// </summary>
/// <param name="Name">Unique in the graph.</param>
/// <param name="Shape">Shape as the graph sees it.</param>
/// <param name="Read">Gives the values, row-major, in <paramref name="Shape"/> or, with <paramref name="Transposed"/>, in its transpose.</param>
/// <param name="Transposed">The values lie as [Shape[1], Shape[0]] and are turned while they are written.</param>
internal sealed record Initializer(string Name, long[] Shape, Func<float[]> Read, bool Transposed)
{
    private const int ChunkFloats = 1 << 18;

    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    public long ByteCount => checked(Count * sizeof(float));

    /// <summary>Writes the values as little-endian floats, in chunks, so that no second copy of the whole tensor exists.</summary>
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
        if (Transposed)
            WriteTransposed(values, output);
        else
            WriteChunks(values, output);
    }

    private static void WriteChunks(ReadOnlySpan<float> values, Stream output)
    {
        for (var start = 0; start < values.Length; start += ChunkFloats)
            output.Write(MemoryMarshal.AsBytes(values.Slice(start, Math.Min(ChunkFloats, values.Length - start))));
    }

    private void WriteTransposed(float[] values, Stream output)
    {
        int rows = checked((int)Shape[0]), columns = checked((int)Shape[1]);
        if (rows == 0 || columns == 0)
            return;
        var rowsInChunk = Math.Clamp(ChunkFloats / columns, 1, rows);
        var chunk = ArrayPool<float>.Shared.Rent(rowsInChunk * columns);
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
            ArrayPool<float>.Shared.Return(chunk);
        }
    }
}
