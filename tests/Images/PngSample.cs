using System.Buffers.Binary;
using System.IO.Compression;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>
/// Writes PNG files of every kind the format knows from random samples, and says which RGBA bytes they stand for. Filters go through all
/// five kinds, row by row.
/// </summary>
internal sealed class PngSample
{
    private readonly int[] _samples;
    private readonly byte[] _palette;

    public PngSample(int width, int height, int colorType, int bitDepth, bool interlaced, int seed)
    {
        (Width, Height, ColorType, BitDepth, Interlaced) = (width, height, colorType, bitDepth, interlaced);
        var random = new Random(seed);
        _samples = [.. Enumerable.Range(0, width * height * Channels).Select(_ => random.Next(1 << bitDepth))];
        _palette = new byte[3 << bitDepth];
        if (colorType == 3)
            random.NextBytes(_palette);
    }

    public int Width { get; }
    public int Height { get; }
    public int ColorType { get; }
    public int BitDepth { get; }
    public bool Interlaced { get; }

    private int Channels => ColorType switch { 0 or 3 => 1, 4 => 2, 2 => 3, _ => 4 };

    public byte[] Rgba()
    {
        var result = new byte[Width * Height * 4];
        for (var i = 0; i < Width * Height; i++)
        {
            var pixel = result.AsSpan(i * 4, 4);
            pixel[3] = 255;
            var first = _samples[i * Channels];
            if (ColorType == 3)
            {
                _palette.AsSpan(first * 3, 3).CopyTo(pixel);
                continue;
            }
            for (var c = 0; c < 3; c++)
                pixel[c] = Scale(ColorType is 2 or 6 ? _samples[i * Channels + c] : first);
            if (ColorType is 4 or 6)
                pixel[3] = Scale(_samples[i * Channels + Channels - 1]);
        }
        return result;
    }

    public byte[] File()
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        header[8] = (byte)BitDepth;
        header[9] = (byte)ColorType;
        header[12] = (byte)(Interlaced ? 1 : 0);
        WriteChunk(file, "IHDR", header);
        if (ColorType == 3)
            WriteChunk(file, "PLTE", _palette);
        var data = Compressed();
        WriteChunk(file, "IDAT", data.AsSpan(0, data.Length / 2));
        WriteChunk(file, "IDAT", data.AsSpan(data.Length / 2));
        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>The checksum of a chunk's type and content, worked out bit by bit.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }

    private byte Scale(int sample) => (byte)(BitDepth == 16 ? sample / 256 : sample * 255 / ((1 << BitDepth) - 1));

    private byte[] Compressed()
    {
        using var result = new MemoryStream();
        using (var deflater = new ZLibStream(result, CompressionLevel.Fastest))
        {
            (int X, int Y, int Dx, int Dy)[] passes = Interlaced
                ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
                : [(0, 0, 1, 1)];
            foreach (var (x0, y0, dx, dy) in passes)
            {
                byte[]? above = null;
                for (var y = y0; y < Height && x0 < Width; y += dy)
                {
                    var row = PackRow(y, x0, dx);
                    above ??= new byte[row.Length];
                    var filter = y / dy % 5;
                    deflater.WriteByte((byte)filter);
                    deflater.Write(Filter(row, above, filter));
                    above = row;
                }
            }
        }
        return result.ToArray();
    }

    private byte[] PackRow(int y, int x0, int dx)
    {
        var bits = new List<bool>();
        for (var x = x0; x < Width; x += dx)
        {
            for (var c = 0; c < Channels; c++)
            {
                var sample = _samples[(y * Width + x) * Channels + c];
                for (var bit = BitDepth - 1; bit >= 0; bit--)
                    bits.Add((sample >> bit & 1) == 1);
            }
        }
        var row = new byte[(bits.Count + 7) / 8];
        for (var i = 0; i < bits.Count; i++)
            row[i / 8] |= (byte)(bits[i] ? 0x80 >> i % 8 : 0);
        return row;
    }

    private byte[] Filter(byte[] row, byte[] above, int filter)
    {
        var distance = Math.Max(1, Channels * BitDepth / 8);
        var result = new byte[row.Length];
        for (var i = 0; i < row.Length; i++)
        {
            int left = i < distance ? 0 : row[i - distance], up = above[i], corner = i < distance ? 0 : above[i - distance];
            int[] candidates = [left, up, corner];
            var nearest = candidates.MinBy(x => Math.Abs(left + up - corner - x));
            result[i] = (byte)(row[i] - filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => nearest });
        }
        return result;
    }

    private static void WriteChunk(Stream file, string type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] typed = [.. type.Select(letter => (byte)letter), .. content];
        file.Write(typed);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(typed));
        file.Write(number);
    }
}
