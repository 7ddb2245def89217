using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>The header and the chunks of a PNG file that decoding needs, checked. Follows the PNG specification, third edition.</summary>
internal sealed class PngChunks
{
    /// <summary>A comment that unpacks to more is an attack on the reader, not a comment.</summary>
    private const int MaxTextLength = 1 << 20;

    private static readonly uint[] CrcTable = MakeCrcTable();

    private readonly List<Range> _data = [];

    public int Width { get; private set; }
    public int Height { get; private set; }
    public int BitDepth { get; private set; }
    public int ColorType { get; private set; }
    public bool Interlaced { get; private set; }
    public byte[] Palette { get; private set; } = [];
    public byte[] Transparency { get; private set; }

    /// <summary>Samples a pixel: 1 gray or index, 2 gray and alpha, 3 RGB, 4 RGBA.</summary>
    public int Channels => ColorType switch { 0 or 3 => 1, 4 => 2, 2 => 3, _ => 4 };

    public static PngChunks Read(ReadOnlySpan<byte> file)
    {
        var result = new PngChunks();
        var position = PngReader.Signature.Length;
        while (file.Length - position >= 8)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[position..]);
            var type = Encoding.Latin1.GetString(file.Slice(position + 4, 4));
            var start = position + 8;
            var first = position == PngReader.Signature.Length;
            if (first && type != "IHDR")
                throw new ImageFormatException($"PNG: the first chunk is not IHDR but '{type}'");
            if (length > file.Length - start)
            {
                // A last chunk of picture data may still hold the whole picture; anything else cut off before it is an error.
                if (type == "IDAT")
                    result._data.Add(start..file.Length);
                else if (result._data.Count == 0)
                    throw new ImageFormatException($"PNG: chunk '{type}' says {length} bytes, the file has {file.Length - start} left");
                break;
            }
            var content = file.Slice(start, (int)length);
            var end = start + (int)length;
            if (type == "IEND")
                break;
            if (type == "IDAT")
                result._data.Add(start..end);
            else if (result._data.Count == 0)
                result.ReadBeforeData(type, content, file[(position + 4)..end], file[end..]);
            else if (type is "zTXt" or "iTXt")
                CheckText(type, content);
            position = end + Math.Min(4, file.Length - end);
        }
        if (result.Width == 0)
            throw new ImageFormatException("PNG: the header is cut off");
        if (result._data.Count == 0)
            throw new ImageFormatException("PNG: there is no picture data");
        if (result.ColorType == 3 && result.Palette.Length == 0)
            throw new ImageFormatException("PNG: the palette is missing");
        return result;
    }

    /// <summary>The compressed picture, all pieces in one.</summary>
    public byte[] JoinData(ReadOnlySpan<byte> file)
    {
        var joined = new byte[_data.Sum(range => range.End.Value - range.Start.Value)];
        var position = 0;
        foreach (var range in _data)
        {
            file[range].CopyTo(joined.AsSpan(position));
            position += range.End.Value - range.Start.Value;
        }
        return joined;
    }

    private void ReadBeforeData(string type, ReadOnlySpan<byte> content, ReadOnlySpan<byte> checkedBytes, ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(rest) != Crc(checkedBytes))
            throw new ImageFormatException($"PNG: chunk '{type}' is corrupt (its checksum does not match)");
        switch (type)
        {
            case "IHDR":
                ReadHeader(content);
                break;
            case "PLTE":
                if (content.Length is 0 or > 768 || content.Length % 3 != 0)
                    throw new ImageFormatException($"PNG: a palette of {content.Length} bytes (expected 3 to 768, a multiple of 3)");
                Palette = content.ToArray();
                break;
            case "tRNS":
                Transparency = content.ToArray();
                var expected = ColorType switch { 0 => 2, 2 => 6, _ => 0 };
                if (content.Length < expected)
                    throw new ImageFormatException($"PNG: a transparent colour of {content.Length} bytes (expected {expected})");
                break;
            case "zTXt" or "iTXt":
                CheckText(type, content);
                break;
            default:
                if (char.IsAsciiLetterUpper(type[0]))
                    throw new ImageFormatException($"PNG: unknown chunk '{type}' that is needed for decoding");
                break;
        }
    }

    private void ReadHeader(ReadOnlySpan<byte> content)
    {
        if (content.Length != 13)
            throw new ImageFormatException($"PNG: a header of {content.Length} bytes (expected 13)");
        var width = BinaryPrimitives.ReadUInt32BigEndian(content);
        var height = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
            throw new ImageFormatException($"PNG: its header says {width} x {height} pixels");
        (Width, Height, BitDepth, ColorType) = ((int)width, (int)height, content[8], content[9]);
        var known = ColorType switch
        {
            0 => BitDepth is 1 or 2 or 4 or 8 or 16,
            3 => BitDepth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => BitDepth is 8 or 16,
            _ => false,
        };
        if (!known || content[10] != 0 || content[11] != 0 || content[12] > 1)
        {
            throw new ImageFormatException(
                $"PNG: unknown format (bit depth {BitDepth}, colour type {ColorType}, compression {content[10]}, filter {content[11]}, "
                + $"interlace {content[12]})");
        }
        Interlaced = content[12] == 1;
    }

    private static void CheckText(string type, ReadOnlySpan<byte> content)
    {
        var keywordEnd = content.IndexOf((byte)0);
        if (keywordEnd < 0)
            return;
        var rest = content[(keywordEnd + 1)..];
        if (type == "zTXt")
        {
            rest = rest[Math.Min(1, rest.Length)..];
        }
        else
        {
            if (rest.Length < 2 || rest[0] == 0)
                return;
            rest = rest[2..];
            for (var field = 0; field < 2; field++)
                rest = rest[(rest.IndexOf((byte)0) + 1)..];
        }

        using var inflater = new ZLibStream(new MemoryStream(rest.ToArray()), CompressionMode.Decompress);
        var buffer = new byte[4096];
        var total = 0;
        try
        {
            for (int read; (read = inflater.Read(buffer)) > 0;)
            {
                total += read;
                if (total > MaxTextLength)
                    throw new ImageFormatException($"PNG: a compressed comment unpacks to more than {MaxTextLength} bytes");
            }
        }
        catch (InvalidDataException)
        {
            // A comment that cannot be read does not hinder reading the picture.
        }
    }

    public static uint Crc(ReadOnlySpan<byte> bytes, uint start = 0)
    {
        var crc = ~start;
        foreach (var value in bytes)
            crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            table[i] = value;
        }
        return table;
    }
}
