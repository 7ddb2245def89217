using System.Globalization;
using System.Text;

namespace MLNet.VisionLanguage;

/// <summary>
/// Splits captions to words before they are compared: in lower case, runs of letters and digits, in which apostrophes and hyphens between
/// two of them stay ("someone's", "close-up"); all else goes. coco-caption's tokenizer does alike, but parts "someone" from "'s".
/// </summary>
public static class CaptionWords
{
    /// <summary>The words of a caption.</summary>
    /// <param name="caption">The caption.</param>
    public static IReadOnlyList<string> Split(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        var text = caption.ToLowerInvariant();
        var words = new List<string>();
        for (int place = 0, start = 0; place <= text.Length;)
        {
            var length = WordLength(text, place);
            if (length == 0 && place > start && IsJoint(text, place)) length = 1;
            if (length == 0 && place > start) words.Add(text[start..place]);
            place += Math.Max(1, length);
            if (length == 0) start = place;
        }

        return words;
    }

    /// <summary>An apostrophe or a hyphen with a word behind it.</summary>
    private static bool IsJoint(string text, int place) =>
        place < text.Length && text[place] is '\'' or '-' or '\u2019' && WordLength(text, place + 1) > 0;

    /// <summary>The chars of the letter, the digit or the accent at a place; 0 where none is.</summary>
    private static int WordLength(string text, int place) => place < text.Length && Rune.TryGetRuneAt(text, place, out var rune)
        && (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
        ? rune.Utf16SequenceLength
        : 0;
}
