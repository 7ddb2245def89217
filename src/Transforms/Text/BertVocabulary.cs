using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage;

/// <summary>A WordPiece vocabulary in BERT's form: one token a line, the line number (from 0) is the id.</summary>
public sealed class BertVocabulary : TextVocabulary
{
    /// <summary>Marks a piece that continues a word.</summary>
    internal const string ContinuationPrefix = "##";

    /// <summary>The largest vocabularies have a few megabytes.</summary>
    private const int LargestFile = 64 << 20;

    private const string Padding = "[PAD]";
    private const string Classification = "[CLS]";
    private const string Separator = "[SEP]";
    private const string Mask = "[MASK]";

    internal const string Unknown = "[UNK]";

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsOfSpans;
    private readonly string?[] _tokens;

    private BertVocabulary(string source, TextReader reader)
    {
        var tokens = new List<string?>();
        _ids = new Dictionary<string, int>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            var id = tokens.Count;
            if (line.Length == 0)
            {
                tokens.Add(null);
                continue;
            }

            if (!_ids.TryAdd(line, id))
                throw new InvalidDataException($"{source}: line {id + 1} repeats the token '{line}' of line {_ids[line] + 1}.");
            tokens.Add(line);
        }

        _tokens = [.. tokens];
        _idsOfSpans = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        PaddingId = Special(source, Padding);
        UnknownId = Special(source, Unknown);
        ClassificationId = Special(source, Classification);
        SeparatorId = Special(source, Separator);
        MaskId = _ids.TryGetValue(Mask, out var mask) ? mask : null;
    }

    /// <summary>The number of ids (lines).</summary>
    public override int Count => _tokens.Length;

    /// <summary>The id of [PAD].</summary>
    public override int PaddingId { get; }

    /// <summary>The id of [UNK].</summary>
    public override int UnknownId { get; }

    /// <summary>The id of [CLS].</summary>
    public override int ClassificationId { get; }

    /// <summary>The id of [SEP].</summary>
    public override int SeparatorId { get; }

    /// <summary>The id of [MASK], or null when the vocabulary has none (only pre-training needs it).</summary>
    public override int? MaskId { get; }

    internal override bool CanBeUncased => true;

    internal override bool HasSegments => true;

    /// <summary>Reads a vocabulary file (UTF-8, also compressed with gzip).</summary>
    /// <param name="path">The file, such as bert-base-uncased-vocab.txt, or a folder with vocab.txt in it.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// A token repeats, [PAD], [UNK], [CLS] or [SEP] is missing, a line is no UTF-8, or the file is something else, such as a web page.
    /// </exception>
    public static BertVocabulary Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = ModelFolder.VocabularyOf(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"The vocabulary file '{path}' does not exist.", path);
        var bytes = DataFile.ReadAll(path, LargestFile);
        return ForeignFile.Describe(bytes.AsSpan(0, Math.Min(bytes.Length, ForeignFile.HeadLength))) is { } what
            ? throw new InvalidDataException($"{path}: this is no BERT vocabulary: it is {what}.")
            : new BertVocabulary(path, new StringReader(TextFile.Decode(path, bytes)));
    }

    /// <summary>Reads a vocabulary from its text.</summary>
    /// <param name="text">One token a line.</param>
    /// <exception cref="InvalidDataException">A token repeats, or [PAD], [UNK], [CLS] or [SEP] is missing.</exception>
    public static BertVocabulary Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new BertVocabulary("vocabulary", new StringReader(text));
    }

    /// <summary>
    /// Makes a vocabulary for a small model trained from nothing: the special tokens, every character of the texts as a beginning
    /// and as a continuation (so that no word of these characters is unknown), and the words that occur often enough.
    /// </summary>
    /// <param name="texts">The training texts.</param>
    /// <param name="minOccurrences">How often a word must occur to be one token.</param>
    /// <param name="uncased">Whether the texts are lower-cased and stripped of accents as the tokenizer will do.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minOccurrences"/> is below 1.</exception>
    public static BertVocabulary Build(IEnumerable<string> texts, int minOccurrences = 1, bool uncased = true)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(minOccurrences, 1);
        var normalizer = new BertNormalizer(uncased);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var clean = normalizer.Normalize(text);
            foreach (var (offset, length) in BertPreTokenizer.Split(clean))
            {
                var word = clean.Substring(offset, length);
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }

        var characters = counts.Keys.SelectMany(w => w.EnumerateRunes()).Distinct().Order().Select(r => r.ToString()).ToList();
        var words = counts.Where(c => c.Value >= minOccurrences).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal);
        string[] tokens =
        [
            Padding, Unknown, Classification, Separator, Mask,
            .. characters, .. characters.Select(c => ContinuationPrefix + c), .. words.Select(w => w.Key),
        ];
        return Parse(string.Join('\n', tokens.Distinct(StringComparer.Ordinal)));
    }

    /// <inheritdoc/>
    public override BertTextTokenizer CreateTokenizer(bool uncased = true) => new(this, uncased);

    /// <summary>Looks a token up.</summary>
    /// <param name="token">The token, continuations with "##".</param>
    /// <param name="id">Its id.</param>
    /// <returns>Whether the vocabulary has it.</returns>
    public override bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    /// <inheritdoc cref="TryGetId(string, out int)"/>
    internal bool TryGetId(ReadOnlySpan<char> token, out int id) => _idsOfSpans.TryGetValue(token, out id);

    /// <summary>The token of an id.</summary>
    /// <param name="id">An id.</param>
    /// <exception cref="ArgumentOutOfRangeException">No token has this id.</exception>
    public override string TokenOf(int id) => id >= 0 && id < _tokens.Length && _tokens[id] is { } token
        ? token
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary of {_tokens.Length} lines has no token with this id.");

    /// <summary>The vocabulary as a text that <see cref="Parse"/> reads back.</summary>
    public override string ToString() => string.Join('\n', _tokens);

    private int Special(string source, string token) => _ids.TryGetValue(token, out var id)
        ? id
        : throw new InvalidDataException($"{source}: the special token {token} is missing; this is no BERT vocabulary.");
}
