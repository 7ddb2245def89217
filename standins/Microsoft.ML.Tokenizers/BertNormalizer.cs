using System.Globalization;
using System.Text;

namespace Microsoft.ML.Tokenizers;

internal sealed class BertNormalizer(bool lowerCase, bool individuallyTokenizeCjk, bool removeNonSpacingMarks) : Normalizer
{
    private static readonly (int First, int Last)[] CjkBlocks =
    [
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF),
        (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F),
    ];

    public override string Normalize(ReadOnlySpan<char> original) => Normalize(original.ToString());

    public override string Normalize(string original)
    {
        if (string.IsNullOrEmpty(original))
            return string.Empty;

        var text = removeNonSpacingMarks ? original.Normalize(NormalizationForm.FormD) : original;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var length = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
            Append(result, text.AsSpan(i, length), CharUnicodeInfo.GetUnicodeCategory(text, i));
            i += length - 1;
        }
        return result.ToString().Normalize(NormalizationForm.FormC);
    }

    private void Append(StringBuilder result, ReadOnlySpan<char> character, UnicodeCategory category)
    {
        if (character[0] is '\0' or '\uFFFD' || category == UnicodeCategory.Control)
            return;
        if (category == UnicodeCategory.NonSpacingMark && removeNonSpacingMarks)
            return;

        if (category == UnicodeCategory.SpaceSeparator)
            result.Append(' ');
        else if (category == UnicodeCategory.UppercaseLetter && lowerCase)
            result.Append(character.ToString().ToLowerInvariant());
        else if (individuallyTokenizeCjk && IsCjk(character.Length == 2 ? char.ConvertToUtf32(character[0], character[1]) : character[0]))
            result.Append(' ').Append(character).Append(' ');
        else
            result.Append(character);
    }

    private static bool IsCjk(int codePoint)
    {
        if (codePoint < CjkBlocks[0].First)
            return false;
        foreach (var (first, last) in CjkBlocks)
        {
            if (codePoint >= first && codePoint <= last)
                return true;
        }
        return false;
    }
}
