using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML.Tokenizers;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage;

/// <summary>
/// A byte-level vocabulary in RoBERTa's form: tokens with their ids (vocab.json), and which two tokens become one, the first before all others
/// (merges.txt). The special tokens are &lt;s&gt;, &lt;pad&gt;, &lt;/s&gt;, &lt;unk&gt; and, for pre-training, &lt;mask&gt;.
/// </summary>
public sealed class BytePairVocabulary : TextVocabulary
{
    internal const string Classification = "<s>";
    internal const string Padding = "<pad>";
    internal const string Separator = "</s>";
    internal const string Unknown = "<unk>";
    internal const string Mask = "<mask>";

    private const string VocabularyEnding = "vocab.json";
    private const string MergesEnding = "merges.txt";
    private const string Extension = ".json";

    /// <summary>The first line of files of merges, which is none.</summary>
    private const string Heading = "#version";

    /// <summary>The largest vocabularies have a few megabytes and some hundred thousand tokens.</summary>
    private const int LargestFile = 64 << 20;
    private const int LargestId = 1 << 24;

    private readonly Dictionary<string, int> _ids;
    private readonly string?[] _tokens;
    private readonly IReadOnlyList<(string First, string Second)> _merges;

    private BytePairVocabulary(string source, Dictionary<string, int> ids, string mergesSource, IEnumerable<string> mergeLines)
    {
        _ids = ids;
        _tokens = new string?[ids.Count == 0 ? 0 : ids.Values.Max() + 1];
        foreach (var (token, id) in ids)
        {
            if (_tokens[id] is { } other) throw new InvalidDataException($"{source}: the tokens '{other}' and '{token}' have the same id {id}.");
            _tokens[id] = token;
        }

        ClassificationId = Special(source, Classification);
        PaddingId = Special(source, Padding);
        SeparatorId = Special(source, Separator);
        UnknownId = Special(source, Unknown);
        MaskId = ids.TryGetValue(Mask, out var mask) ? mask : null;
        for (var i = 0; i < ByteAlphabet.All.Length; i++)
        {
            if (!ids.ContainsKey(ByteAlphabet.All[i].ToString()))
                throw new InvalidDataException($"{source}: the token of byte {i} is missing; this is no byte-level vocabulary.");
        }

        _merges = ReadMerges(mergesSource, mergeLines);
    }

    /// <inheritdoc/>
    public override int Count => _tokens.Length;

    /// <inheritdoc/>
    public override int PaddingId { get; }

    /// <summary>The id of &lt;unk&gt;, which no text gives: every byte has a token.</summary>
    public override int UnknownId { get; }

    /// <inheritdoc/>
    public override int ClassificationId { get; }

    /// <inheritdoc/>
    public override int SeparatorId { get; }

    /// <inheritdoc/>
    public override int? MaskId { get; }

    internal override bool CanBeUncased => false;

    internal override bool HasSegments => false;

    /// <summary>Reads a vocabulary's two files (UTF-8, also compressed with gzip).</summary>
    /// <param name="path">The tokens, such as vocab.json, or a folder with vocab.json and merges.txt in it.</param>
    /// <param name="mergesPath">
    /// The merges; null for the file beside the tokens that is named as theirs, with merges.txt in the place of vocab.json.
    /// </param>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">
    /// A special token or that of a byte is missing, two tokens have one id, a merge has a token that the vocabulary lacks, or a file is
    /// something else.
    /// </exception>
    public static new BytePairVocabulary Load(string path, string? mergesPath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) path = Path.Combine(path, VocabularyEnding);
        mergesPath ??= MergesBeside(path);
        var ids = ReadIds(path, Read(path, "vocabulary"));
        return new(path, ids, mergesPath, Read(mergesPath, "file of merges").Split('\n'));
    }

    /// <summary>Learns a vocabulary for a small model trained from nothing, see <see cref="BytePairLearner"/>.</summary>
    /// <param name="texts">The training texts.</param>
    /// <param name="size">The most tokens: five special ones, 256 bytes, and a merge of the most frequent pair each.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> has no room for special tokens and bytes.</exception>
    public static BytePairVocabulary Build(IEnumerable<string> texts, int size = 1000)
    {
        ArgumentNullException.ThrowIfNull(texts);
        string[] bytes = [.. ByteAlphabet.All.ToArray().Select(character => character.ToString())];
        var least = bytes.Length + 5;
        if (size < least)
            throw new ArgumentOutOfRangeException(nameof(size), size, $"at least {least} is needed: five special tokens and {bytes.Length} bytes.");
        var merges = BytePairLearner.Learn(texts, size - least);
        string[] tokens =
            [Classification, Padding, Separator, Unknown, .. bytes, .. merges.Select(merge => merge.First + merge.Second), Mask];
        var ids = tokens.Index().ToDictionary(token => token.Item, token => token.Index, StringComparer.Ordinal);
        return new("vocabulary", ids, "merges", merges.Select(merge => $"{merge.First} {merge.Second}"));
    }

    /// <summary>Reads a vocabulary from the text that <see cref="ToString"/> gives.</summary>
    /// <param name="text">The tokens as one line of JSON, then a merge a line.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static BytePairVocabulary Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = text.Split('\n');
        return new("vocabulary", ReadIds("vocabulary", lines[0]), "merges", lines.Skip(1));
    }

    /// <inheritdoc/>
    public override BytePairTokenizer CreateTokenizer(bool uncased = true) => new(this);

    /// <inheritdoc/>
    public override bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    /// <inheritdoc/>
    public override string TokenOf(int id) => id >= 0 && id < _tokens.Length && _tokens[id] is { } token
        ? token
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary of {_tokens.Length} ids has no token with this id.");

    /// <summary>The vocabulary as a text that <see cref="Parse"/> reads back.</summary>
    public override string ToString()
    {
        var ordered = _tokens.Index().Where(token => token.Item is not null).ToDictionary(token => token.Item!, token => token.Index);
        var json = JsonSerializer.Serialize(ordered, new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        return string.Join('\n', _merges.Select(merge => $"{merge.First} {merge.Second}").Prepend(json));
    }

    /// <summary>Writes the two files that <see cref="Load"/> reads.</summary>
    /// <param name="path">The tokens' file, such as vocab.json.</param>
    /// <param name="mergesPath">The merges' file; null for the one that <see cref="Load"/> takes.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Save(string path, string? mergesPath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var text = ToString();
        var end = text.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var line ? line : text.Length;
        AtomicFile.WriteText(path, text[..end] + "\n");
        AtomicFile.WriteText(mergesPath ?? MergesBeside(path), $"{Heading}: 0.2{text[end..]}\n");
    }

    /// <summary>Whether a file is of this kind, by its name.</summary>
    internal static bool IsIts(string path) =>
        path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) || path.EndsWith(Extension + ".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether an id is a special token's.</summary>
    internal bool IsSpecial(int id) => id == ClassificationId || id == PaddingId || id == SeparatorId || id == UnknownId || id == MaskId;

    /// <summary>ML.NET's tokenizer, which merges a word's pairs.</summary>
    internal BpeTokenizer CreateMerger() => BpeTokenizer.Create(new BpeOptions(_ids)
    {
        Merges = _merges.Select(merge => $"{merge.First} {merge.Second}"),
        ByteLevel = true,
        UnknownToken = Unknown,
    });

    private static string MergesBeside(string path)
    {
        var place = path.LastIndexOf(VocabularyEnding, StringComparison.OrdinalIgnoreCase);
        return place < 0
            ? Path.Combine(Path.GetDirectoryName(path) ?? "", MergesEnding)
            : path[..place] + MergesEnding + path[(place + VocabularyEnding.Length)..];
    }

    private static string Read(string path, string what)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"The {what} '{path}' does not exist.", path);
        var bytes = DataFile.ReadAll(path, LargestFile);
        return ForeignFile.Describe(bytes.AsSpan(0, Math.Min(bytes.Length, ForeignFile.HeadLength))) is { } foreign
            ? throw new InvalidDataException($"{path}: this is no {what} of byte pairs: it is {foreign}.")
            : TextFile.Decode(path, bytes);
    }

    private static Dictionary<string, int> ReadIds(string source, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException($"{source}: an object of tokens and ids is expected, found {document.RootElement.ValueKind}.");
            var ids = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetInt32(out var id) || id is < 0 or >= LargestId)
                    throw new InvalidDataException($"{source}: the token '{member.Name}' has the id {member.Value.GetRawText()}; a whole number is expected.");
                if (!ids.TryAdd(member.Name, id)) throw new InvalidDataException($"{source}: the token '{member.Name}' stands there twice.");
            }

            return ids;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source}: not valid JSON at line {e.LineNumber + 1}: {e.Message}", e);
        }
    }

    private List<(string First, string Second)> ReadMerges(string source, IEnumerable<string> lines)
    {
        var merges = new List<(string, string)>();
        var number = 0;
        foreach (var read in lines)
        {
            number++;
            var line = read.TrimEnd('\r');
            if (line.Length == 0 || (number == 1 && line.StartsWith(Heading, StringComparison.Ordinal))) continue;
            if (line.Split(' ') is not [{ Length: > 0 } first, { Length: > 0 } second])
                throw new InvalidDataException($"{source}: line {number}: two tokens with a space between them are expected, found '{line}'.");
            foreach (var token in new[] { first, second, first + second })
            {
                if (!_ids.ContainsKey(token)) throw new InvalidDataException($"{source}: line {number}: the vocabulary has no token '{token}'.");
            }

            merges.Add((first, second));
        }

        return merges;
    }

    private int Special(string source, string token) => _ids.TryGetValue(token, out var id)
        ? id
        : throw new InvalidDataException($"{source}: the special token {token} is missing; this is no vocabulary of RoBERTa's form.");
}
