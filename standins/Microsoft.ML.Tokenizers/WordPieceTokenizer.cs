using System.Buffers;
using System.Text;

namespace Microsoft.ML.Tokenizers;

public partial class WordPieceTokenizer : Tokenizer
{
    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<int, string> _tokens;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly HashSet<int> _specialIds;

    internal WordPieceTokenizer(Dictionary<string, int> vocabulary, Dictionary<int, string> tokens, WordPieceOptions? options)
    {
        options ??= new WordPieceOptions();
        ArgumentNullException.ThrowIfNull(options.UnknownToken, nameof(options.UnknownToken));
        ArgumentNullException.ThrowIfNull(options.ContinuingSubwordPrefix, nameof(options.ContinuingSubwordPrefix));
        if (options.MaxInputCharsPerWord <= 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options.MaxInputCharsPerWord), "The maximum number of characters per word must be greater than zero.");
        }
        if (!vocabulary.TryGetValue(options.UnknownToken, out var unknownId))
            throw new ArgumentException($"The unknown token '{options.UnknownToken}' is not in the vocabulary.");

        _vocabulary = vocabulary;
        _tokens = tokens;
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        SpecialTokens = options.SpecialTokens;
        _specialIds = [.. options.SpecialTokens?.Values ?? []];
        UnknownToken = options.UnknownToken;
        UnknownTokenId = unknownId;
        ContinuingSubwordPrefix = options.ContinuingSubwordPrefix;
        MaxInputCharsPerWord = options.MaxInputCharsPerWord;
        PreTokenizer = options.PreTokenizer ?? PreTokenizer.CreateWhiteSpace(options.SpecialTokens);
        Normalizer = options.Normalizer;
    }

    public override PreTokenizer? PreTokenizer { get; }
    public override Normalizer? Normalizer { get; }
    public string UnknownToken { get; }
    public int UnknownTokenId { get; }
    public string ContinuingSubwordPrefix { get; }
    public int MaxInputCharsPerWord { get; }
    public IReadOnlyDictionary<string, int>? SpecialTokens { get; }

    public static WordPieceTokenizer Create(string vocabFilePath, WordPieceOptions? options = null)
    {
        using var stream = OpenVocabulary(vocabFilePath);
        return Create(stream, options);
    }

    public static WordPieceTokenizer Create(Stream vocabStream, WordPieceOptions? options = null)
    {
        var (vocabulary, tokens) = ReadVocabulary(vocabStream);
        return new WordPieceTokenizer(vocabulary, tokens, options);
    }

    internal static Stream OpenVocabulary(string vocabFilePath)
    {
        if (string.IsNullOrEmpty(vocabFilePath))
            throw new ArgumentNullException(nameof(vocabFilePath));
        return File.OpenRead(vocabFilePath);
    }

    internal static (Dictionary<string, int> Vocabulary, Dictionary<int, string> Tokens) ReadVocabulary(Stream vocabStream)
    {
        ArgumentNullException.ThrowIfNull(vocabStream);
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var tokens = new Dictionary<int, string>();
        using var reader = new StreamReader(vocabStream, leaveOpen: true);
        for (var id = 0; reader.ReadLine() is { } line; id++)
        {
            if (line.Length == 0)
                continue;
            vocabulary.Add(line, id);
            tokens.Add(id, line);
        }
        return (vocabulary, tokens);
    }

    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        if (string.IsNullOrEmpty(text) && textSpan.IsEmpty)
            return new EncodeResults<EncodedToken> { Tokens = [] };

        var pieces = Prepare(text, textSpan, settings, out var normalizedText, out var toEncode);
        var result = new List<EncodedToken>();
        foreach (var (offset, length) in pieces ?? [(0, toEncode.Length)])
            EncodeWord(toEncode.Slice(offset, length), offset, result);
        return new EncodeResults<EncodedToken> { NormalizedText = normalizedText, Tokens = result, CharsConsumed = toEncode.Length };
    }

    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        if (settings.MaxTokenCount <= 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(settings.MaxTokenCount), "The maximum number of tokens must be greater than zero.");
        }
        if (string.IsNullOrEmpty(text) && textSpan.IsEmpty)
            return new EncodeResults<int> { Tokens = [] };

        var pieces = Prepare(text, textSpan, settings, out var normalizedText, out var toEncode);
        var ids = new List<int>();
        var word = new List<EncodedToken>();
        var consumed = 0;
        foreach (var (offset, length) in pieces ?? [(0, toEncode.Length)])
        {
            word.Clear();
            EncodeWord(toEncode.Slice(offset, length), offset, word);
            // A word that does not fit whole is left out whole.
            if (word.Count > settings.MaxTokenCount - ids.Count)
                break;
            foreach (var token in word)
                ids.Add(token.Id);
            if (ids.Count >= settings.MaxTokenCount)
                break;
            consumed = offset + length;
        }
        return new EncodeResults<int> { NormalizedText = normalizedText, Tokens = ids, CharsConsumed = consumed };
    }

    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
        => EncodeToIds(text, textSpan, settings).Tokens.Count;

    /// <summary>Greedy longest match from the left; one unknown token when any part is not in the vocabulary.</summary>
    private void EncodeWord(ReadOnlySpan<char> word, int offset, List<EncodedToken> result)
    {
        if (word.IsEmpty)
            return;
        var before = result.Count;
        if (word.Length <= MaxInputCharsPerWord)
        {
            Span<char> buffer = new char[ContinuingSubwordPrefix.Length + word.Length];
            ContinuingSubwordPrefix.CopyTo(buffer);
            var start = 0;
            while (start < word.Length)
            {
                var end = word.Length;
                for (; end > start; end--)
                {
                    var candidate = word[start..end];
                    if (start > 0)
                    {
                        candidate.CopyTo(buffer[ContinuingSubwordPrefix.Length..]);
                        candidate = buffer[..(ContinuingSubwordPrefix.Length + candidate.Length)];
                    }
                    if (_lookup.TryGetValue(candidate, out var id))
                    {
                        result.Add(new EncodedToken(id, _tokens[id], new Range(offset + start, offset + end)));
                        break;
                    }
                }
                if (end == start)
                    break;
                start = end;
            }
            if (start == word.Length)
                return;
        }
        result.RemoveRange(before, result.Count - before);
        result.Add(new EncodedToken(UnknownTokenId, UnknownToken, new Range(offset, offset + word.Length)));
    }

    public override string Decode(IEnumerable<int> ids) => Decode(ids, skipSpecialTokens: false);

    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            if (skipSpecialTokens && _specialIds.Contains(id) || !_tokens.TryGetValue(id, out var token))
                continue;
            if (token.StartsWith(ContinuingSubwordPrefix, StringComparison.Ordinal))
            {
                text.Append(token.AsSpan(ContinuingSubwordPrefix.Length));
                continue;
            }
            if (text.Length > 0 && token[0] is not ('.' or ',' or '!' or '?' or '\''))
                text.Append(' ');
            text.Append(token);
        }
        return text.ToString();
    }

    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
        => Decode(ids, destination, skipSpecialTokens: false, out idsConsumed, out charsWritten);

    public OperationStatus Decode(
        IEnumerable<int> ids, Span<char> destination, bool skipSpecialTokens, out int idsConsumed, out int charsWritten)
    {
        charsWritten = idsConsumed = 0;
        foreach (var id in ids)
        {
            if (skipSpecialTokens && _specialIds.Contains(id))
                continue;
            if (!_tokens.TryGetValue(id, out var token))
                return OperationStatus.InvalidData;
            var continues = token.StartsWith(ContinuingSubwordPrefix, StringComparison.Ordinal);
            var piece = continues ? token[ContinuingSubwordPrefix.Length..] : idsConsumed > 0 ? " " + token : token;
            if (!piece.TryCopyTo(destination[charsWritten..]))
                return OperationStatus.DestinationTooSmall;
            charsWritten += piece.Length;
            idsConsumed++;
        }
        return OperationStatus.Done;
    }
}
