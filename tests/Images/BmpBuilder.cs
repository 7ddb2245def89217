using SkiaSharp;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>Writes BMP files.</summary>
internal static class BmpBuilder
{
    /// <summary>
    /// A file of 24 or 32 bits a pixel; its last row comes first, as is usual, or the first one. With an alpha value it has the header that
    /// knows such a channel (BITMAPV4HEADER).
    /// </summary>
    public static byte[] Build(
        int width, int height, Func<int, int, SKColor> colour, int bits = 24, bool topDown = false, byte? alpha = null)
    {
        var rows = Rows(width, height, topDown, bits, (x, y) =>
        {
            var c = colour(x, y);
            return bits == 24 ? [c.Blue, c.Green, c.Red] : [c.Blue, c.Green, c.Red, alpha ?? 0];
        });
        byte[] masks = alpha is null ? [] : [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, .. new byte[52]];
        return File(width, topDown ? -height : height, bits, compression: alpha is null ? 0 : 3, masks, rows);
    }

    /// <summary>A file with a palette of red, green, blue and white.</summary>
    public static byte[] Palette(int width, int height, Func<int, int, int> number, int bits)
    {
        byte[] colours = [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0, .. new byte[4 * Math.Max(0, (1 << bits) - 4)]];
        if (bits == 1) colours = colours[..8];
        var perByte = 8 / bits;
        var stride = (width * bits + 31) / 32 * 4;
        var rows = new byte[stride * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                rows[(height - 1 - y) * stride + x / perByte] |= (byte)(number(x, y) << (8 - bits * (x % perByte + 1)));
        }

        return File(width, height, bits, compression: 0, [], rows, colours);
    }

    /// <summary>A run-length encoded file: each row as runs of equal numbers.</summary>
    public static byte[] RunLength(int width, int height, Func<int, int, int> number)
    {
        byte[] colours = [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0, .. new byte[4 * 252]];
        var data = new List<byte>();
        for (var y = height - 1; y >= 0; y--)
        {
            for (int x = 0, run; x < width; x += run)
            {
                for (run = 1; x + run < width && run < 255 && number(x + run, y) == number(x, y);) run++;
                data.AddRange([(byte)run, (byte)number(x, y)]);
            }

            data.AddRange([0, (byte)(y == 0 ? 1 : 0)]);
        }

        return File(width, height, 8, compression: 1, [], [.. data], colours);
    }

    /// <summary>With the header of OS/2 (BITMAPCOREHEADER).</summary>
    public static byte[] Old(int width, int height, Func<int, int, SKColor> colour)
    {
        var rows = Rows(width, height, topDown: false, 24, (x, y) => [colour(x, y).Blue, colour(x, y).Green, colour(x, y).Red]);
        byte[] header = [.. Bytes(12), (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 1, 0, 24, 0];
        return [.. "BM"u8, .. Bytes(14 + header.Length + rows.Length), 0, 0, 0, 0, .. Bytes(14 + header.Length), .. header, .. rows];
    }

    private static byte[] Rows(int width, int height, bool topDown, int bits, Func<int, int, byte[]> pixel)
    {
        var stride = (width * bits + 31) / 32 * 4;
        var rows = new byte[stride * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++) pixel(x, y).CopyTo(rows, (topDown ? y : height - 1 - y) * stride + x * bits / 8);
        }

        return rows;
    }

    private static byte[] File(int width, int height, int bits, int compression, byte[] masks, byte[] rows, byte[]? colours = null)
    {
        byte[] header =
        [
            .. Bytes(40 + masks.Length), .. Bytes(width), .. Bytes(height), 1, 0, (byte)bits, 0, .. Bytes(compression),
            .. Bytes(rows.Length), .. Bytes(2835), .. Bytes(2835), .. Bytes((colours?.Length ?? 0) / 4), .. Bytes(0), .. masks,
            .. colours ?? [],
        ];
        return [.. "BM"u8, .. Bytes(14 + header.Length + rows.Length), 0, 0, 0, 0, .. Bytes(14 + header.Length), .. header, .. rows];
    }

    private static byte[] Bytes(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24)];
}
