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
        var words = new List<(int, int)>();
        for (var position = 0; Next(text, ref position, out var start);) words.Add((start, position - start));
        return words;
    }

    /// <summary>Goes on to the end of the next word and tells where it starts; false when there is none.</summary>
    internal static bool Next(ReadOnlySpan<char> text, ref int position, out int start)
    {
        for (start = position; position < text.Length;)
        {
            if (char.IsAsciiLetterOrDigit(text[position]))
            {
                position++;
                continue;
            }

            Rune.DecodeFromUtf16(text[position..], out var rune, out var length);
            var isPunctuation = IsPunctuation(rune);
            if (isPunctuation || Rune.IsWhiteSpace(rune))
            {
                // A word ends here; without one, this is a word itself, or is passed over.
                if (position > start) return true;
                if (!isPunctuation) start = position + length;
            }

            position += length;
            if (isPunctuation) return true;
        }

        return position > start;
    }

    private static bool IsPunctuation(Rune rune)
    {
        if (rune.IsAscii) return rune.Value is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126);
        return Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation
            or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;
    }
}
