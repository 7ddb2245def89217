using System.Text;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage;

/// <summary>Token ids with their mask and segments, all of the same natural (unpadded) length.</summary>
/// <param name="InputIds">[CLS] text [SEP], or [CLS] text [SEP] pair [SEP].</param>
/// <param name="AttentionMask">1 for every token.</param>
/// <param name="TokenTypeIds">0 up to and including the first [SEP], then 1.</param>
public sealed record EncodedText(long[] InputIds, long[] AttentionMask, long[] TokenTypeIds);

/// <summary>
/// BERT's tokenizer, equal to the original (google-research/bert, tokenization.py): basic tokenization, then word pieces. Special
/// tokens written in a text ("[MASK]") are text. Safe for use by several threads.
/// </summary>
public sealed class BertTextTokenizer
{
    /// <summary>[CLS] and [SEP], and the second [SEP] of a pair.</summary>
    private const int SpecialsOfOne = 2;
    private const int SpecialsOfPair = 3;

    /// <summary>Questions have no more word pieces than this, as a rule.</summary>
    private const int UsualCount = 16;

    private readonly BertNormalizer _normalizer;

    /// <summary>Creates a tokenizer.</summary>
    /// <param name="vocabulary">The word pieces.</param>
    /// <param name="uncased">Whether text is lower-cased and stripped of accents; must be what the vocabulary was made with.</param>
    public BertTextTokenizer(BertVocabulary vocabulary, bool uncased = true)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        Vocabulary = vocabulary;
        Uncased = uncased;
        _normalizer = new BertNormalizer(uncased);
    }

    /// <summary>The word pieces.</summary>
    public BertVocabulary Vocabulary { get; }

    /// <summary>Whether text is lower-cased and stripped of accents.</summary>
    public bool Uncased { get; }

    /// <summary>The ids of a text without special tokens.</summary>
    /// <param name="text">Any text; empty gives no ids.</param>
    public IReadOnlyList<int> EncodeToIds(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(UsualCount);
        if (text.Length <= BertNormalizer.LongestWord && Ascii.IsValid(text))
        {
            // A question as most are: nothing of it is put aside.
            Span<char> clean = stackalloc char[BertNormalizer.LongestWord];
            AddWords(clean[.._normalizer.CleanAscii(text, clean)], ids);
        }
        else
        {
            AddWords(_normalizer.Normalize(text), ids);
        }

        return ids;
    }

    /// <summary>The word pieces of a text without special tokens.</summary>
    /// <param name="text">Any text.</param>
    public IReadOnlyList<string> Tokenize(string text) => EncodeToIds(text).Select(Vocabulary.TokenOf).ToList();

    /// <summary>
    /// Encodes a text or a pair with special tokens. What is longer than <paramref name="maxLength"/> loses tokens at its end: of a
    /// pair always the longer text, and the second when both are equally long.
    /// </summary>
    /// <param name="text">The first text.</param>
    /// <param name="pair">The second text, or null.</param>
    /// <param name="maxLength">The most ids, special tokens included.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxLength"/> leaves no room for text.</exception>
    public EncodedText Encode(string text, string? pair = null, int maxLength = int.MaxValue) => Encode(text, pair, maxLength, out _);

    /// <summary>Encodes, and tells how many ids there were before truncation.</summary>
    internal EncodedText Encode(string text, string? pair, int maxLength, out int fullLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, LeastMaxLength(pair is not null));
        var first = EncodeToIds(text);
        var second = pair is null ? null : EncodeToIds(pair);
        fullLength = first.Count + (second?.Count ?? 0) + (second is null ? SpecialsOfOne : SpecialsOfPair);
        return Assemble(first, second, Vocabulary.ClassificationId, Vocabulary.SeparatorId, maxLength);
    }

    private void AddWords(ReadOnlySpan<char> clean, List<int> ids)
    {
        for (var position = 0; BertPreTokenizer.Next(clean, ref position, out var start);)
        {
            // Most words are; the longest piece of such a word is the word.
            var word = clean[start..position];
            if (Vocabulary.TryGetId(word, out var id)) ids.Add(id);
            else AddPieces(word, ids);
        }
    }

    /// <summary>Adds the longest piece that a word begins with, then the longest that goes on from there; or that the word is unknown.</summary>
    private void AddPieces(ReadOnlySpan<char> word, List<int> ids)
    {
        const string Prefix = BertVocabulary.ContinuationPrefix;
        var before = ids.Count;

        // The prefix of a piece takes the place of what is behind it. The normalizer leaves no longer words than fit here.
        Span<char> prefixed = stackalloc char[Prefix.Length + word.Length];
        word.CopyTo(prefixed[Prefix.Length..]);
        for (var start = 0; start < word.Length;)
        {
            if (start > 0) Prefix.CopyTo(prefixed[start..]);
            var (end, id) = (word.Length, 0);
            while (end > start && !Vocabulary.TryGetId(start == 0 ? word[..end] : prefixed[start..(end + Prefix.Length)], out id)) end--;
            if (end == start)
            {
                ids.RemoveRange(before, ids.Count - before);
                ids.Add(Vocabulary.UnknownId);
                return;
            }

            ids.Add(id);
            start = end;
        }
    }

    /// <summary>Puts word pieces between special tokens, truncated to <paramref name="maxLength"/>.</summary>
    internal static EncodedText Assemble(IReadOnlyList<int> first, IReadOnlyList<int>? second, int classification, int separator, int maxLength)
    {
        var specials = second is null ? SpecialsOfOne : SpecialsOfPair;
        var (firstCount, secondCount) = TextCut.Share(first.Count, second?.Count ?? 0, maxLength - specials);

        var length = firstCount + secondCount + specials;
        var ids = new long[length];
        var types = new long[length];
        var mask = new long[length];
        Array.Fill(mask, 1);
        ids[0] = classification;
        for (var i = 0; i < firstCount; i++) ids[1 + i] = first[i];
        ids[1 + firstCount] = separator;
        if (second is not null)
        {
            var start = firstCount + SpecialsOfOne;
            for (var i = 0; i < secondCount; i++) ids[start + i] = second[i];
            ids[^1] = separator;
            Array.Fill(types, 1, start, length - start);
        }

        return new EncodedText(ids, mask, types);
    }

    /// <summary>The least limit with room for one token of every text.</summary>
    internal static int LeastMaxLength(bool isPair) => isPair ? SpecialsOfPair + 2 : SpecialsOfOne + 1;
}
