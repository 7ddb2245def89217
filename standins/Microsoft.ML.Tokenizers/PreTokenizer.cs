using System.Text.RegularExpressions;

namespace Microsoft.ML.Tokenizers;

public abstract partial class PreTokenizer
{
    private static readonly RegexPreTokenizer WordOrPunctuation = new(WordOrPunctuationRegex(), null);
    private static readonly RegexPreTokenizer WordOrNonWord = new(WordOrNonWordRegex(), null);
    private static readonly RegexPreTokenizer WhiteSpace = new(WhiteSpaceRegex(), null);

    public abstract IEnumerable<(int Offset, int Length)> PreTokenize(string text);
    public abstract IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text);

    public static PreTokenizer CreateWordOrPunctuation(IReadOnlyDictionary<string, int>? specialTokens = null)
        => specialTokens is null ? WordOrPunctuation : new RegexPreTokenizer(WordOrPunctuationRegex(), specialTokens);

    public static PreTokenizer CreateWordOrNonWord(IReadOnlyDictionary<string, int>? specialTokens = null)
        => specialTokens is null ? WordOrNonWord : new RegexPreTokenizer(WordOrNonWordRegex(), specialTokens);

    public static PreTokenizer CreateWhiteSpace(IReadOnlyDictionary<string, int>? specialTokens = null)
        => specialTokens is null ? WhiteSpace : new RegexPreTokenizer(WhiteSpaceRegex(), specialTokens);

    [GeneratedRegex(@"\w+|[\p{P}]")]
    private static partial Regex WordOrPunctuationRegex();

    [GeneratedRegex(@"\w+|[^\w\s]+")]
    private static partial Regex WordOrNonWordRegex();

    [GeneratedRegex(@"\S+")]
    private static partial Regex WhiteSpaceRegex();
}

public sealed class RegexPreTokenizer : PreTokenizer
{
    private readonly Regex _regex;
    private readonly Regex? _specialTokens;

    public RegexPreTokenizer(Regex regex, IReadOnlyDictionary<string, int>? specialTokens)
    {
        ArgumentNullException.ThrowIfNull(regex);
        _regex = regex;
        if (specialTokens is { Count: > 0 })
            _specialTokens = new Regex(string.Join('|', specialTokens.Keys.Select(Regex.Escape)));
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        var splits = new List<(int Offset, int Length)>();
        if (string.IsNullOrEmpty(text))
            return splits;

        var start = 0;
        if (_specialTokens is not null)
        {
            foreach (var special in _specialTokens.EnumerateMatches(text))
            {
                Split(text, start, special.Index, splits);
                splits.Add((special.Index, special.Length));
                start = special.Index + special.Length;
            }
        }
        Split(text, start, text.Length, splits);
        return splits;
    }

    private void Split(string text, int start, int end, List<(int Offset, int Length)> splits)
    {
        foreach (var match in _regex.EnumerateMatches(text.AsSpan(start, end - start)))
            splits.Add((start + match.Index, match.Length));
    }
}
