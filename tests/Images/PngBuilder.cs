using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>Writes PNG files of every kind, right or wrong.</summary>
internal sealed class PngBuilder(int width, int height, int bitDepth, int colourType)
{
    private static readonly (int Column, int Row, int Across, int Down)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    public bool Interlaced { get; init; }

    /// <summary>The filter of every row, 0 to 4; null takes them in turn.</summary>
    public int? Filter { get; init; } = 0;

    /// <summary>Chunks between the header and the picture data.</summary>
    public List<(string Type, byte[] Data)> Before { get; } = [];

    /// <summary>Writes the file.</summary>
    /// <param name="samples">The samples of the pixel in a column and row.</param>
    public byte[] Build(Func<int, int, int[]> samples) => Join(Chunks(Compress(Rows(samples))));

    public List<(string Type, byte[] Data)> Chunks(byte[] data) => [("IHDR", Header()), .. Before, ("IDAT", data), ("IEND", [])];

    public static byte[] Join(IEnumerable<(string Type, byte[] Data)> chunks) =>
        [.. Signature, .. chunks.SelectMany(chunk => Chunk(chunk.Type, chunk.Data))];

    public static byte[] Chunk(string type, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        System.Text.Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.HashToUInt32(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    public static byte[] Compress(ReadOnlySpan<byte> data)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(data);
        return compressed.ToArray();
    }

    public byte[] Header()
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)bitDepth, (byte)colourType, (byte)(Interlaced ? 1 : 0));
        return header;
    }

    /// <summary>The rows with their filter bytes, not compressed.</summary>
    public byte[] Rows(Func<int, int, int[]> samples)
    {
        using var rows = new MemoryStream();
        foreach (var (column, row, across, down) in Interlaced ? Passes : [(0, 0, 1, 1)])
        {
            byte[]? above = null;
            for (var y = row; y < height && column < width; y += down)
            {
                var columns = Enumerable.Range(0, width).Where(x => x >= column && (x - column) % across == 0);
                var line = Pack(columns.SelectMany(x => samples(x, y)));
                above ??= new byte[line.Length];
                var filter = Filter ?? y % 5;
                rows.WriteByte((byte)filter);
                rows.Write(Filtered(filter, line, above));
                above = line;
            }
        }

        return rows.ToArray();
    }

    private byte[] Pack(IEnumerable<int> samples)
    {
        var bits = samples.SelectMany(sample => Enumerable.Range(0, bitDepth).Select(bit => sample >> (bitDepth - 1 - bit) & 1)).ToArray();
        var bytes = new byte[(bits.Length + 7) / 8];
        for (var i = 0; i < bits.Length; i++) bytes[i / 8] |= (byte)(bits[i] << (7 - i % 8));
        return bytes;
    }

    private byte[] Filtered(int filter, byte[] line, byte[] above)
    {
        var step = Math.Max(1, bitDepth / 8 * (colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 }));
        var filtered = new byte[line.Length];
        for (var i = 0; i < line.Length; i++)
        {
            var (left, up, corner) = (i < step ? 0 : line[i - step], above[i], i < step ? 0 : above[i - step]);
            var predicted = filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => Paeth(left, up, corner), _ => 0 };
            filtered[i] = (byte)(line[i] - predicted);
        }

        return filtered;
    }

    private static int Paeth(int left, int up, int corner)
    {
        var (toLeft, toUp, toCorner) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - 2 * corner));
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }
}
