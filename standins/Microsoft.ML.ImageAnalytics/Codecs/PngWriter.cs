using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>Encodes 8-bit RGBA, or RGB when every pixel is opaque; every row with the filter "difference to the row above".</summary>
internal static class PngWriter
{
    public static byte[] Encode(int width, int height, ReadOnlySpan<byte> bgra)
    {
        var opaque = true;
        for (var i = 3; i < bgra.Length && opaque; i += 4)
            opaque = bgra[i] == 255;
        var channels = opaque ? 3 : 4;

        using var file = new MemoryStream();
        file.Write(PngReader.Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = (byte)(opaque ? 2 : 6);
        WriteChunk(file, "IHDR", header);
        WriteChunk(file, "IDAT", Compress(width, height, bgra, channels));
        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    private static byte[] Compress(int width, int height, ReadOnlySpan<byte> bgra, int channels)
    {
        using var compressed = new MemoryStream();
        using (var deflater = new ZLibStream(compressed, CompressionLevel.Optimal))
        {
            var row = new byte[width * channels];
            var above = new byte[row.Length];
            var filtered = new byte[row.Length + 1];
            filtered[0] = 2;
            for (var y = 0; y < height; y++)
            {
                var source = bgra.Slice(y * width * 4, width * 4);
                for (var x = 0; x < width; x++)
                {
                    row[x * channels] = source[x * 4 + 2];
                    row[x * channels + 1] = source[x * 4 + 1];
                    row[x * channels + 2] = source[x * 4];
                    if (channels == 4)
                        row[x * 4 + 3] = source[x * 4 + 3];
                }
                for (var i = 0; i < row.Length; i++)
                    filtered[i + 1] = (byte)(row[i] - above[i]);
                deflater.Write(filtered);
                (row, above) = (above, row);
            }
        }
        return compressed.ToArray();
    }

    private static void WriteChunk(Stream file, string type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        var name = Encoding.ASCII.GetBytes(type);
        file.Write(name);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, PngChunks.Crc(content, PngChunks.Crc(name)));
        file.Write(number);
    }
}
