using System.Globalization;
using System.Text;

namespace MLNet.VisionLanguage.Tokenization;

/// <summary>
/// Splits as GPT-2 and RoBERTa do before pairs are merged (encoder.py):
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, by code points.
/// .NET's own expressions see halves of pairs, to which a letter beyond U+FFFF is no letter.
/// </summary>
internal static class BytePairWords
{
    private enum Kind
    {
        Other,
        Letter,
        Number,
        Space,
    }

    /// <summary>Goes on to the end of the word that starts at the position; false at the end of the text.</summary>
    /// <param name="text">The text, without half pairs.</param>
    /// <param name="position">Where the word starts, then where it ends.</param>
    public static bool Next(ReadOnlySpan<char> text, ref int position)
    {
        if (position >= text.Length) return false;
        var rest = text[position..];
        position += rest[0] == '\'' && ContractionLength(rest) is var contraction && contraction > 0 ? contraction : WordLength(rest);
        return true;
    }

    /// <summary>A text without half pairs: each becomes U+FFFD.</summary>
    public static string Whole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else return string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));
        }

        return text;
    }

    private static int ContractionLength(ReadOnlySpan<char> text) => text[1..] switch
    {
        ['s' or 't' or 'm' or 'd', ..] => 2,
        ['r' or 'v', 'e', ..] or ['l', 'l', ..] => 3,
        _ => 0,
    };

    private static int WordLength(ReadOnlySpan<char> text)
    {
        var kind = KindAt(text, 0, out var length);
        if (text[0] == ' ' && text.Length > 1 && KindAt(text, 1, out var second) is var next and not Kind.Space)
        {
            // A word takes one space along.
            (kind, length) = (next, 1 + second);
        }

        while (length < text.Length && KindAt(text, length, out var own) == kind) length += own;

        // Of several spaces the last belongs to the word behind them.
        return kind == Kind.Space && length < text.Length && length > 1 ? length - 1 : length;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int place, out int length)
    {
        var c = text[place];
        length = 1;
        if (char.IsAscii(c))
        {
            if (char.IsAsciiLetter(c)) return Kind.Letter;
            if (char.IsAsciiDigit(c)) return Kind.Number;
            return c is ' ' or (>= '\t' and <= '\r') ? Kind.Space : Kind.Other;
        }

        Rune.DecodeFromUtf16(text[place..], out var rune, out length);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other,
        };
    }
}
