using System.Text;
using System.Text.RegularExpressions;

namespace MLNet.VisionLanguage;

/// <summary>
/// The answer normalisation of the official VQA evaluation (GT-Vision-Lab/VQA, vqaEval.py, the version for VQA v2): punctuation,
/// lower case, number words, articles and contractions.
/// </summary>
public static partial class VqaAnswerNormalizer
{
    /// <summary>
    /// The reference hands re.UNICODE (32) to the parameter that limits the replacements, so no more than 32 full stops go.
    /// </summary>
    private const int MostPeriodsRemoved = 32;

    private static readonly char[] Punctuation =
        [';', '/', '[', ']', '"', '{', '}', '(', ')', '=', '+', '\\', '_', '-', '>', '<', '@', '`', ',', '?', '!'];

    private static readonly Dictionary<string, string> NumberWords = new(StringComparer.Ordinal)
    {
        ["none"] = "0",
        ["zero"] = "0",
        ["one"] = "1",
        ["two"] = "2",
        ["three"] = "3",
        ["four"] = "4",
        ["five"] = "5",
        ["six"] = "6",
        ["seven"] = "7",
        ["eight"] = "8",
        ["nine"] = "9",
        ["ten"] = "10",
    };

    /// <summary>Normalises an answer as the evaluation does when annotators disagree.</summary>
    /// <param name="answer">The answer as given.</param>
    /// <returns>The normalised answer; may be empty ("the").</returns>
    public static string Normalize(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return ProcessDigitsAndArticles(ProcessPunctuation(answer));
    }

    /// <summary>What the evaluation does to every answer first: line feeds and tabs become spaces, and the ends are trimmed.</summary>
    internal static string Clean(string answer)
    {
        var text = answer.Replace('\n', ' ').Replace('\t', ' ').AsSpan();
        while (text.Length > 0 && IsSpace(text[0]))
            text = text[1..];
        while (text.Length > 0 && IsSpace(text[^1]))
            text = text[..^1];
        return text.ToString();
    }

    /// <summary>
    /// A mark that touches a space, or any mark when the text has a digit group ("1,000"), is removed; otherwise it becomes a
    /// space. The decision looks at the text as it was, not at what earlier marks left.
    /// </summary>
    internal static string ProcessPunctuation(string text)
    {
        var hasDigitGroup = DigitGroup().IsMatch(text);
        var result = text;
        foreach (var mark in Punctuation)
        {
            if (!text.Contains(mark)) continue;
            var remove = hasDigitGroup || text.Contains($"{mark} ", StringComparison.Ordinal) || text.Contains($" {mark}", StringComparison.Ordinal);
            result = result.Replace(mark.ToString(), remove ? "" : " ", StringComparison.Ordinal);
        }

        return PeriodBeforeNonDigit().Replace(result, "", MostPeriodsRemoved);
    }

    /// <summary>
    /// <see cref="ProcessPunctuation"/> as VL-BERT applies it to its list of answers (vqa/data/datasets/vqa.py): the entry that stands for
    /// every other answer stays.
    /// </summary>
    internal static string ProcessPunctuationOfVlBert(string text) => text == "<unk>" ? text : ProcessPunctuation(text);

    internal static string ProcessDigitsAndArticles(string text)
    {
        var result = new StringBuilder(text.Length + 2);
        foreach (var word in Words(text.ToLowerInvariant()))
        {
            var mapped = NumberWords.GetValueOrDefault(word, word);
            if (mapped is "a" or "an" or "the") continue;
            if (result.Length > 0) result.Append(' ');
            result.Append(Contractions.GetValueOrDefault(mapped, mapped));
        }

        return result.ToString();
    }

    private static IEnumerable<string> Words(string text)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !IsSpace(text[i])) continue;
            if (i > start) yield return text[start..i];
            start = i + 1;
        }
    }

    /// <summary>White space as Python knows it: the four separators U+001C to U+001F count too.</summary>
    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    [GeneratedRegex(@"\d,\d", RegexOptions.CultureInvariant)]
    private static partial Regex DigitGroup();

    [GeneratedRegex(@"\.(?!\d)", RegexOptions.CultureInvariant)]
    private static partial Regex PeriodBeforeNonDigit();
}
