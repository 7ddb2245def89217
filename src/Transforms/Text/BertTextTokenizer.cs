using System.Text;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage;

/// <summary>
/// BERT's tokenizer, equal to the original (google-research/bert, tokenization.py): basic tokenization, then word pieces.
/// </summary>
public sealed class BertTextTokenizer : TextTokenizer
{
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
    public override BertVocabulary Vocabulary { get; }

    /// <summary>Whether text is lower-cased and stripped of accents.</summary>
    public bool Uncased { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> EncodeToIds(string text)
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

    /// <summary>The words of ids, with a space between two; pieces that continue a word are put on to it.</summary>
    /// <param name="ids">Ids of the vocabulary.</param>
    /// <exception cref="ArgumentOutOfRangeException">No token has such an id.</exception>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            if (id == Vocabulary.PaddingId || id == Vocabulary.ClassificationId || id == Vocabulary.SeparatorId || id == Vocabulary.MaskId) continue;
            var piece = Vocabulary.TokenOf(id);
            var continues = piece.StartsWith(BertVocabulary.ContinuationPrefix, StringComparison.Ordinal) && text.Length > 0;
            if (text.Length > 0 && !continues) text.Append(' ');
            text.Append(continues ? piece.AsSpan(BertVocabulary.ContinuationPrefix.Length) : piece);
        }

        return text.ToString();
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
}
