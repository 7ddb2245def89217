namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>
/// Spoils bytes in the ways that files are spoiled, and in the ways that break parsers. The same random numbers spoil alike.
/// </summary>
internal static class Mutations
{
    private const int MostEdits = 4;
    private const int LongestPiece = 64;

    private static readonly int[] Numbers =
        [0, 1, 2, -1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, int.MaxValue, int.MinValue, 0x7FFFFFF0, 1 << 28];

    /// <summary>A changed copy, a few bytes longer or shorter at most unless it is cut.</summary>
    public static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = new List<byte>(seed);
        for (var edits = random.Next(1, MostEdits + 1); edits > 0; edits--) Edit(bytes, random);
        return [.. bytes];
    }

    private static void Edit(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(random.Next(1, LongestPiece), bytes.Count - at);
        switch (random.Next(11))
        {
            case 0 when length > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when length > 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when length > 0:
                bytes[at] = (byte)Numbers[random.Next(Numbers.Length)];
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                var piece = new byte[random.Next(1, LongestPiece)];
                random.NextBytes(piece);
                bytes.InsertRange(at, piece);
                break;
            case 5:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 6:
                for (var i = at; i < at + length; i++) bytes[i] = 0;
                break;
            case 7 when random.Next(4) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 8 when bytes.Count > 0:
                var from = random.Next(bytes.Count);
                bytes.InsertRange(at, bytes.GetRange(from, Math.Min(length, bytes.Count - from)));
                break;
            default:
                Overwrite(bytes, at, random);
                break;
        }
    }

    /// <summary>Puts a number of one, two or four bytes in either order where a length or a size may stand.</summary>
    private static void Overwrite(List<byte> bytes, int at, Random random)
    {
        var number = BitConverter.GetBytes(random.Next(3) == 0 ? random.Next() : Numbers[random.Next(Numbers.Length)]);
        var width = 1 << random.Next(3);
        var reversed = random.Next(2) == 0;
        for (var i = 0; i < width && at + i < bytes.Count; i++) bytes[at + i] = number[reversed ? width - 1 - i : i];
    }
}
