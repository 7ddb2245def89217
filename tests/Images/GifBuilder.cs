namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>Writes GIF files whose codes are as long as the palette needs: the dictionary is cleared before codes grow.</summary>
internal sealed class GifBuilder(int width, int height)
{
    private const int BitsPerPixel = 2;

    /// <summary>Red, green, blue, white: the colours of <see cref="Pictures.Quarters(int, int, int, int)"/>.</summary>
    private static ReadOnlySpan<byte> Colours => [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];

    private readonly List<byte> _blocks = [];

    public bool HasTrailer { get; init; } = true;

    /// <summary>Adds a picture of colour numbers 0 to 3, one of them transparent perhaps, with all its pixels or the first ones.</summary>
    public GifBuilder Frame(
        int left,
        int top,
        int across,
        int down,
        Func<int, int, int> colour,
        int? transparent = null,
        bool interlaced = false,
        int? pixels = null)
    {
        if (transparent is { } number) _blocks.AddRange([(byte)'!', 0xF9, 4, 1, 10, 0, (byte)number, 0]);
        _blocks.AddRange([(byte)',', .. Bytes(left), .. Bytes(top), .. Bytes(across), .. Bytes(down), (byte)(interlaced ? 0x40 : 0)]);
        _blocks.Add(BitsPerPixel);
        var rows = interlaced ? InterlacedRows(down) : Enumerable.Range(0, down);
        var numbers = rows.SelectMany(y => Enumerable.Range(0, across).Select(x => colour(x, y)));
        var data = Codes(numbers.Take(pixels ?? int.MaxValue));
        for (var at = 0; at < data.Count; at += 255) _blocks.AddRange([(byte)Math.Min(255, data.Count - at), .. data.Skip(at).Take(255)]);
        _blocks.Add(0);
        return this;
    }

    public GifBuilder Comment(string text)
    {
        _blocks.AddRange([(byte)'!', 0xFE, (byte)text.Length, .. System.Text.Encoding.ASCII.GetBytes(text), 0]);
        return this;
    }

    public byte[] Build() =>
    [
        .. "GIF89a"u8, .. Bytes(width), .. Bytes(height), 0x80 | (BitsPerPixel - 1), 0, 0, .. Colours, .. _blocks,
        .. HasTrailer ? ";"u8 : [],
    ];

    private static IEnumerable<int> InterlacedRows(int height) =>
        new (int First, int Step)[] { (0, 8), (4, 8), (2, 4), (1, 2) }
            .SelectMany(pass => Enumerable.Range(0, height).Where(y => y >= pass.First && (y - pass.First) % pass.Step == 0));

    private static List<byte> Codes(IEnumerable<int> numbers)
    {
        const int Clear = 1 << BitsPerPixel;
        const int Bits = BitsPerPixel + 1;
        var (data, bits, count) = (new List<byte>(), 0, 0);
        foreach (var code in numbers.SelectMany(number => (int[])[Clear, number]).Append(Clear + 1))
        {
            bits |= code << count;
            for (count += Bits; count >= 8; count -= 8, bits >>= 8) data.Add((byte)bits);
        }

        return count > 0 ? [.. data, (byte)bits] : data;
    }

    private static byte[] Bytes(int value) => [(byte)value, (byte)(value >> 8)];
}
