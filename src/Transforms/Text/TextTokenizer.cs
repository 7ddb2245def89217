using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage;

/// <summary>Token ids with their mask and segments, all of the same natural (unpadded) length.</summary>
/// <param name="InputIds">
/// [CLS] text [SEP], or [CLS] text [SEP] pair [SEP]; byte pairs: &lt;s&gt; text &lt;/s&gt;, or &lt;s&gt; text &lt;/s&gt;&lt;/s&gt; pair &lt;/s&gt;.
/// </param>
/// <param name="AttentionMask">1 for every token.</param>
/// <param name="TokenTypeIds">0 up to and including the first [SEP], then 1; byte pairs: 0 everywhere, as RoBERTa knows one segment.</param>
public sealed record EncodedText(long[] InputIds, long[] AttentionMask, long[] TokenTypeIds);

/// <summary>
/// Turns texts into token ids of a <see cref="TextVocabulary"/>. Special tokens written in a text ("[MASK]") are text. Safe for use by several
/// threads.
/// </summary>
public abstract class TextTokenizer
{
    /// <summary>The token at the beginning and the one at the end.</summary>
    private const int SpecialsOfOne = 2;

    private protected TextTokenizer()
    {
    }

    /// <summary>The tokens.</summary>
    public abstract TextVocabulary Vocabulary { get; }

    /// <summary>The ids of a text without special tokens.</summary>
    /// <param name="text">Any text; empty gives no ids.</param>
    public abstract IReadOnlyList<int> EncodeToIds(string text);

    /// <summary>The text of ids, without special tokens; what lower-casing, accents and white space lost stays lost.</summary>
    /// <param name="ids">Ids of the vocabulary.</param>
    /// <exception cref="ArgumentOutOfRangeException">No token has such an id.</exception>
    public abstract string Decode(IEnumerable<int> ids);

    /// <summary>The tokens of a text without special ones, spelt as in the vocabulary.</summary>
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
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, Vocabulary.LeastMaxLength(pair is not null));
        var first = EncodeToIds(text);
        var second = pair is null ? null : EncodeToIds(pair);
        fullLength = first.Count + (second?.Count ?? 0) + Specials(Vocabulary.HasSegments, second is not null);
        return Assemble(first, second, Vocabulary.ClassificationId, Vocabulary.SeparatorId, maxLength, Vocabulary.HasSegments);
    }

    /// <summary>Puts tokens between special tokens, truncated to <paramref name="maxLength"/>.</summary>
    /// <param name="first">The first text's.</param>
    /// <param name="second">The second text's, or null.</param>
    /// <param name="classification">The id at the beginning.</param>
    /// <param name="separator">The id at the end of each text.</param>
    /// <param name="maxLength">The most ids, special tokens included.</param>
    /// <param name="hasSegments">BERT's form; otherwise RoBERTa's: two separators between the texts, and one segment.</param>
    internal static EncodedText Assemble(
        IReadOnlyList<int> first, IReadOnlyList<int>? second, int classification, int separator, int maxLength, bool hasSegments = true)
    {
        var specials = Specials(hasSegments, second is not null);
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
            var start = length - 1 - secondCount;
            ids[start - 1] = separator;
            for (var i = 0; i < secondCount; i++) ids[start + i] = second[i];
            ids[^1] = separator;
            if (hasSegments) Array.Fill(types, 1, start, length - start);
        }

        return new EncodedText(ids, mask, types);
    }

    /// <summary>How many special tokens a text or a pair has.</summary>
    internal static int Specials(bool hasSegments, bool isPair) => SpecialsOfOne + (isPair ? hasSegments ? 1 : 2 : 0);
}
