using System.Collections.Concurrent;
using System.Text;
using Microsoft.ML.Tokenizers;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage;

/// <summary>
/// RoBERTa's tokenizer, which is GPT-2's: words by their letters, digits and other signs, a space belonging to the word behind it; each word's
/// bytes in UTF-8 merged pair by pair. Nothing is unknown, and case, accents and white space stay. Half a surrogate pair is taken for U+FFFD.
/// </summary>
public sealed class BytePairTokenizer : TextTokenizer
{
    /// <summary>Words that are remembered; texts of a data set have some ten thousand. Longer words come but once.</summary>
    private const int MostRemembered = 1 << 16;
    private const int LongestRemembered = 40;

    /// <summary>Questions and captions have no more tokens than this, as a rule.</summary>
    private const int UsualCount = 24;

    private readonly BpeTokenizer _merger;
    private readonly ConcurrentDictionary<string, int[]> _words = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _wordsOfSpans;
    private int _remembered;

    /// <summary>Creates a tokenizer.</summary>
    /// <param name="vocabulary">The tokens and their merges.</param>
    public BytePairTokenizer(BytePairVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        Vocabulary = vocabulary;
        _merger = vocabulary.CreateMerger();
        _wordsOfSpans = _words.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <inheritdoc/>
    public override BytePairVocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> EncodeToIds(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = BytePairWords.Whole(text);
        var ids = new List<int>(UsualCount);
        for (var (start, position) = (0, 0); BytePairWords.Next(text, ref position); start = position)
            ids.AddRange(IdsOf(text.AsSpan(start, position - start)));
        return ids;
    }

    /// <summary>
    /// The text of ids as it was, white space included; special tokens are left out, and bytes that are no UTF-8 become U+FFFD.
    /// </summary>
    /// <param name="ids">Ids of the vocabulary.</param>
    /// <exception cref="ArgumentOutOfRangeException">No token has such an id.</exception>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            if (!Vocabulary.IsSpecial(id)) ByteAlphabet.Append(bytes, Vocabulary.TokenOf(id));
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private ReadOnlySpan<int> IdsOf(ReadOnlySpan<char> word)
    {
        if (_wordsOfSpans.TryGetValue(word, out var known)) return known;
        int[] ids = [.. _merger.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false)];
        if (word.Length <= LongestRemembered && Volatile.Read(ref _remembered) < MostRemembered && _words.TryAdd(word.ToString(), ids))
            Interlocked.Increment(ref _remembered);
        return ids;
    }
}
