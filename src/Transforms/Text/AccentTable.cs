using System.Globalization;
using System.Text;

namespace MLNet.VisionLanguage.Tokenization;

/// <summary>
/// Strips accents as BERT does: canonical decomposition (NFD), then without nonspacing marks. string.Normalize cannot be used
/// because it does nothing at all where the process runs with invariant globalization, which containers often do.
/// </summary>
internal static partial class AccentTable
{
    private const int HangulFirst = 0xAC00;
    private const int HangulCount = 11172;
    private const int VowelCount = 21;
    private const int TrailCount = 28;

    private static readonly Lazy<Dictionary<int, string>> Table = new(Parse);

    /// <summary>Appends the character without its accents; nothing if it is an accent itself.</summary>
    public static void AppendStripped(StringBuilder target, Rune rune)
    {
        if (rune.Value < 0xC0)
        {
            target.Append((char)rune.Value);
            return;
        }

        if (rune.Value - HangulFirst is >= 0 and < HangulCount and var syllable)
        {
            target.Append((char)(0x1100 + (syllable / (VowelCount * TrailCount))));
            target.Append((char)(0x1161 + (syllable % (VowelCount * TrailCount) / TrailCount)));
            if (syllable % TrailCount != 0) target.Append((char)(0x11A7 + (syllable % TrailCount)));
        }
        else if (Table.Value.TryGetValue(rune.Value, out var stripped))
        {
            target.Append(stripped);
        }
        else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
        {
            AppendRune(target, rune);
        }
    }

    public static void AppendRune(StringBuilder target, Rune rune)
    {
        Span<char> units = stackalloc char[2];
        target.Append(units[..rune.EncodeToUtf16(units)]);
    }

    private static Dictionary<int, string> Parse()
    {
        var table = new Dictionary<int, string>();
        foreach (var entry in Decompositions.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = entry.IndexOf('=');
            var stripped = string.Concat(entry[(equals + 1)..].Split('+').Select(h => new Rune(Hex(h)).ToString()));
            table.Add(Hex(entry[..equals]), stripped);
        }

        return table;

        static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
