using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace MLNet.VisionLanguage.Tokenization;

/// <summary>
/// Splits as BERT does: at white space, and every punctuation character is a word of its own. Punctuation is every ASCII character
/// that is neither letter, digit, space nor control (so "$", "=" and "^" too), and Unicode's categories P*.
/// </summary>
internal sealed class BertPreTokenizer : PreTokenizer
{
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Split(text);
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => Split(text);

    internal static List<(int Offset, int Length)> Split(ReadOnlySpan<char> text)
    {
        var words = new List<(int, int)>(16);
        var start = 0;
        for (var i = 0; i < text.Length;)
        {
            if (char.IsAsciiLetterOrDigit(text[i]))
            {
                i++;
                continue;
            }

            Rune.DecodeFromUtf16(text[i..], out var rune, out var length);
            var isPunctuation = IsPunctuation(rune);
            if (isPunctuation || Rune.IsWhiteSpace(rune))
            {
                if (i > start) words.Add((start, i - start));
                if (isPunctuation) words.Add((i, length));
                start = i + length;
            }

            i += length;
        }

        if (text.Length > start) words.Add((start, text.Length - start));
        return words;
    }

    private static bool IsPunctuation(Rune rune)
    {
        if (rune.IsAscii) return rune.Value is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126);
        return Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation
            or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;
    }
}
