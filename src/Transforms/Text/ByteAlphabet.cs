using System.Text;

namespace MLNet.VisionLanguage.Tokenization;

/// <summary>
/// How byte-level vocabularies spell bytes (GPT-2's encoder.py): a printable character of Latin-1 stands for its own byte, and the other 68
/// bytes have the characters from U+0100 on, in their order, so that no token has a space or a control character in it.
/// </summary>
internal static class ByteAlphabet
{
    private const int FirstOther = 0x100;

    private static readonly char[] Characters = Create();

    private static readonly Dictionary<char, byte> Bytes = Enumerable.Range(0, Characters.Length).ToDictionary(i => Characters[i], i => (byte)i);

    /// <summary>The character of each byte.</summary>
    public static ReadOnlySpan<char> All => Characters;

    /// <summary>A text's bytes in UTF-8 as they are spelt.</summary>
    public static string Spell(ReadOnlySpan<char> text)
    {
        var bytes = Encoding.UTF8.GetBytes(text.ToArray());
        return string.Create(bytes.Length, bytes, (result, own) =>
        {
            for (var i = 0; i < own.Length; i++) result[i] = Characters[own[i]];
        });
    }

    /// <summary>Adds the bytes that a token spells; a character that spells none is taken in UTF-8.</summary>
    public static void Append(List<byte> bytes, string token)
    {
        Span<byte> encoded = stackalloc byte[4];
        foreach (var rune in token.EnumerateRunes())
        {
            if (rune.IsBmp && Bytes.TryGetValue((char)rune.Value, out var own))
            {
                bytes.Add(own);
                continue;
            }

            bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
        }
    }

    private static char[] Create()
    {
        var (all, others) = (new char[256], 0);
        for (var i = 0; i < all.Length; i++)
        {
            var isPrintable = i is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            all[i] = (char)(isPrintable ? i : FirstOther + others++);
        }

        return all;
    }
}
