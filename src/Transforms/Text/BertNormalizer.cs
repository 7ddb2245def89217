using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace MLNet.VisionLanguage.Tokenization;

/// <summary>
/// The clean-up in front of BERT's word pieces (google-research/bert, tokenization.py, BasicTokenizer): control characters go, white
/// space becomes a space, every CJK ideograph stands alone; the uncased models also get lower case without accents.
/// </summary>
internal sealed class BertNormalizer(bool uncased) : Normalizer
{
    /// <summary>A word with more code points is unknown as a whole.</summary>
    public const int LongestWord = 100;

    /// <summary>
    /// Stands for a word that is too long. The clean-up removes this character from the text, so it comes from nowhere else, and it
    /// is in no vocabulary.
    /// </summary>
    private const char UnknownWord = '\uFFFD';

    public override string Normalize(ReadOnlySpan<char> original) => Normalize(original.ToString());

    public override string Normalize(string original)
    {
        ArgumentNullException.ThrowIfNull(original);
        var text = Ascii.IsValid(original) ? CleanAscii(original) : CleanAny(original);
        return text.Length > LongestWord ? ReplaceLongWords(text) : text;
    }

    private string CleanAny(string original)
    {
        var text = Clean(original);
        return uncased ? StripAccents(ToLower(text)) : text;
    }

    /// <summary>The same for ASCII, which most texts are; no characters are added.</summary>
    /// <returns>How many characters there are.</returns>
    public int CleanAscii(ReadOnlySpan<char> original, Span<char> clean)
    {
        var length = 0;
        foreach (var c in original)
        {
            if (c is '\t' or '\n' or '\r')
                clean[length++] = ' ';
            else if (!char.IsControl(c))
                clean[length++] = uncased && char.IsAsciiLetterUpper(c) ? (char)(c | ' ') : c;
        }

        return length;
    }

    private string CleanAscii(string original)
    {
        var rented = ArrayPool<char>.Shared.Rent(original.Length);
        var text = new string(rented, 0, CleanAscii(original, rented));
        ArrayPool<char>.Shared.Return(rented);
        return text;
    }

    private static string Clean(string text)
    {
        var result = new StringBuilder(text.Length + 8);
        for (var i = 0; i < text.Length;)
        {
            // A lone surrogate is no character; it is left out as other code points of category C are.
            if (Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var length) != OperationStatus.Done)
            {
                i += length;
                continue;
            }

            i += length;
            if (rune.Value is ' ' or '\t' or '\n' or '\r')
                result.Append(' ');
            else if (rune.IsAscii)
                AppendAscii(result, (char)rune.Value);
            else
                AppendOther(result, rune);
        }

        return result.ToString();
    }

    private static void AppendAscii(StringBuilder result, char c)
    {
        if (!char.IsControl(c)) result.Append(c);
    }

    private static void AppendOther(StringBuilder result, Rune rune)
    {
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned:
            case var _ when rune.Value == UnknownWord:
                return;
            case UnicodeCategory.SpaceSeparator:
                result.Append(' ');
                return;
        }

        var alone = IsCjkIdeograph(rune.Value);
        if (alone) result.Append(' ');
        AccentTable.AppendRune(result, rune);
        if (alone) result.Append(' ');
    }

    private static bool IsCjkIdeograph(int c) =>
        c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
            or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    /// <summary>Python's lower: as the invariant culture's, but with the two rules that depend on more than one character.</summary>
    private static string ToLower(string text)
    {
        var lower = text.ToLowerInvariant();
        if (!text.AsSpan().ContainsAny('\u0130', '\u03A3')) return lower;
        var result = new StringBuilder(lower.Length);
        for (var i = 0; i < text.Length; i++)
        {
            // Capital I with dot: its dot is an accent. Capital sigma: another small letter at the end of a word.
            result.Append(text[i] switch
            {
                '\u0130' => 'i',
                '\u03A3' when IsFinalSigma(text, i) => '\u03C2',
                _ => lower[i],
            });
        }

        return result.ToString();
    }

    /// <summary>
    /// Unicode's Final_Sigma: a letter with case before it and none after it, both past accents, apostrophes and the like.
    /// </summary>
    private static bool IsFinalSigma(string text, int position)
    {
        var before = text.AsSpan(0, position);
        while (Rune.DecodeLastFromUtf16(before, out var rune, out var length) == OperationStatus.Done && IsCaseIgnorable(rune))
            before = before[..^length];
        if (Rune.DecodeLastFromUtf16(before, out var previous, out _) != OperationStatus.Done || !IsCased(previous)) return false;
        var after = text.AsSpan(position + 1);
        while (Rune.DecodeFromUtf16(after, out var rune, out var length) == OperationStatus.Done && IsCaseIgnorable(rune))
            after = after[length..];
        return Rune.DecodeFromUtf16(after, out var next, out _) != OperationStatus.Done || !IsCased(next);
    }

    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;

    private static bool IsCaseIgnorable(Rune rune) => rune.Value is '\'' or '.' or ':' or '\u00B7' or '\u2018' or '\u2019'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    private static string StripAccents(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u00BF')) return text;
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) AccentTable.AppendStripped(result, rune);
        return result.ToString();
    }

    private static string ReplaceLongWords(string text)
    {
        StringBuilder? result = null;
        var copied = 0;
        foreach (var (offset, length) in BertPreTokenizer.Split(text))
        {
            if (length <= LongestWord || CodePoints(text.AsSpan(offset, length)) <= LongestWord) continue;
            result ??= new StringBuilder(text.Length);
            result.Append(text, copied, offset - copied).Append(UnknownWord);
            copied = offset + length;
        }

        return result is null ? text : result.Append(text, copied, text.Length - copied).ToString();
    }

    private static int CodePoints(ReadOnlySpan<char> word)
    {
        var count = 0;
        foreach (var _ in word.EnumerateRunes()) count++;
        return count;
    }
}
