using System.Buffers.Binary;

namespace MLNet.VisionLanguage.Images;

/// <summary>Checks a BMP file (BITMAPFILEHEADER and the headers after it): that it is as long as its picture needs.</summary>
internal static class BmpFile
{
    private const int FileHeaderLength = 14;
    private const int OldHeaderLength = 12;
    private const int LongestHeader = 124;
    private const int RgbWithMasks = 3;
    private const string Part = "the header of its BMP";

    /// <summary>Checks a file that begins with "BM".</summary>
    /// <exception cref="BadImageException">It is cut off, damaged, above the limits or of a kind that is not read.</exception>
    public static ImageHeader Check(ByteReader bytes, ImageLimits limits)
    {
        Span<byte> file = stackalloc byte[FileHeaderLength + 4];
        bytes.Read(file, Part);
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]);
        if (length != OldHeaderLength && length is < 16 or > LongestHeader)
            throw BadImageException.Damaged($"the header of its BMP has {length} bytes");
        Span<byte> info = stackalloc byte[LongestHeader];
        info.Clear();
        bytes.Read(info[4..(int)length], Part);

        long width, height;
        int bits, compression = 0;
        if (length == OldHeaderLength)
        {
            (width, height) = (BinaryPrimitives.ReadUInt16LittleEndian(info[4..]), BinaryPrimitives.ReadInt16LittleEndian(info[6..]));
            bits = BinaryPrimitives.ReadUInt16LittleEndian(info[10..]);
        }
        else
        {
            (width, height) = (BinaryPrimitives.ReadInt32LittleEndian(info[4..]), BinaryPrimitives.ReadInt32LittleEndian(info[8..]));
            bits = BinaryPrimitives.ReadUInt16LittleEndian(info[14..]);
            compression = BinaryPrimitives.ReadInt32LittleEndian(info[16..]);
        }

        // A negative height means that the rows go from the top.
        height = Math.Abs(height);
        limits.CheckSize(width, height);
        var header = new ImageHeader(ImageFormat.Bmp, (int)width, (int)height);
        limits.CheckMemory(header);
        if (bits is not (1 or 4 or 8 or 16 or 24 or 32)) throw BadImageException.Damaged($"its BMP has {bits} bits a pixel");
        if (compression is not (0 or RgbWithMasks or 1 or 2 or 6))
            throw new BadImageException($"it is a BMP of compression {compression}, which is not read");
        var isPacked = compression is 1 or 2;
        var row = (width * bits + 31) / 32 * 4;
        var needed = isPacked ? BinaryPrimitives.ReadUInt32LittleEndian(info[20..]) : row * height;
        if (offset < FileHeaderLength + length)
            throw BadImageException.Damaged($"the picture data of its BMP begin at byte {offset}, inside the header");
        if (offset + needed > bytes.Length)
            throw BadImageException.CutOff($"after {bytes.Length} of the {offset + needed} bytes of its BMP");
        var hasAlpha = length >= 56 && bits == 32 && compression is RgbWithMasks or 6;
        var alpha = hasAlpha ? BinaryPrimitives.ReadUInt32LittleEndian(info[52..]) : 0;
        return alpha == 0 ? header : header with { EmptyAlpha = IsEmpty(bytes, offset, needed, alpha) };
    }

    /// <summary>Whether a channel is 0 in all pixels.</summary>
    private static bool IsEmpty(ByteReader bytes, long offset, long length, uint mask)
    {
        bytes.Skip(offset - bytes.Position, Part);
        var buffer = new byte[1 << 14];
        while (length > 0)
        {
            var some = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length));
            bytes.Read(some, "the picture data of its BMP");
            length -= some.Length;
            for (var i = 0; i + 4 <= some.Length; i += 4)
            {
                if ((BinaryPrimitives.ReadUInt32LittleEndian(some[i..]) & mask) != 0) return false;
            }
        }

        return true;
    }
}
