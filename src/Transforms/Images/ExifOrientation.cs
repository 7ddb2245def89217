using System.Buffers.Binary;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Finds the orientation in EXIF data: tag 0x0112 of the first directory (Exif 2.32, TIFF 6.0). What is broken says nothing.
/// </summary>
internal static class ExifOrientation
{
    public const int Upright = 1;

    private const int Tag = 0x0112;
    private const int EntryLength = 12;

    private static ReadOnlySpan<byte> Prefix => "Exif\0"u8;

    /// <summary>Reads a JPEG's APP1 segment, or the chunk of a PNG or WebP, where the prefix may be left out.</summary>
    /// <returns>1 to 8; null when it is no EXIF data or does not tell.</returns>
    public static int? Find(ReadOnlySpan<byte> data, bool needsPrefix)
    {
        if (data.StartsWith(Prefix))
            data = data[Math.Min(data.Length, Prefix.Length + 1)..];
        else if (needsPrefix)
            return null;
        if (data.Length < 8) return null;
        var littleEndian = data[0] == (byte)'I';
        if (data[0] != data[1] || data[0] is not ((byte)'I' or (byte)'M')) return null;
        var directory = Read32(data[4..], littleEndian);
        if (directory > data.Length - 2) return null;
        data = data[(int)directory..];
        var count = Read16(data, littleEndian);
        data = data[2..];
        for (var i = 0; i < count && data.Length >= EntryLength; i++, data = data[EntryLength..])
        {
            if (Read16(data, littleEndian) == Tag) return Value(data, littleEndian) is >= 1 and <= 8 and var value ? (int)value : null;
        }

        return null;
    }

    /// <summary>A short by the standard; some writers use a byte or a long.</summary>
    private static uint Value(ReadOnlySpan<byte> entry, bool littleEndian) => Read16(entry[2..], littleEndian) switch
    {
        1 => entry[8],
        3 => Read16(entry[8..], littleEndian),
        4 => Read32(entry[8..], littleEndian),
        _ => 0,
    };

    private static ushort Read16(ReadOnlySpan<byte> data, bool littleEndian) =>
        littleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(data) : BinaryPrimitives.ReadUInt16BigEndian(data);

    private static uint Read32(ReadOnlySpan<byte> data, bool littleEndian) =>
        littleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(data) : BinaryPrimitives.ReadUInt32BigEndian(data);
}
