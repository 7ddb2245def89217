using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage;

/// <summary>The tokens that a model knows, by their numbers: <see cref="BertVocabulary"/> or <see cref="BytePairVocabulary"/>.</summary>
public abstract class TextVocabulary
{
    private protected TextVocabulary()
    {
    }

    /// <summary>The number of ids.</summary>
    public abstract int Count { get; }

    /// <summary>The id that fills up: of [PAD], or of &lt;pad&gt;.</summary>
    public abstract int PaddingId { get; }

    /// <summary>The id of what no token stands for: of [UNK], or of &lt;unk&gt;.</summary>
    public abstract int UnknownId { get; }

    /// <summary>The id before a text: of [CLS], or of &lt;s&gt;.</summary>
    public abstract int ClassificationId { get; }

    /// <summary>The id behind a text: of [SEP], or of &lt;/s&gt;.</summary>
    public abstract int SeparatorId { get; }

    /// <summary>The id of a hidden token, [MASK] or &lt;mask&gt;, or null when the vocabulary has none (only pre-training needs it).</summary>
    public abstract int? MaskId { get; }

    /// <summary>Whether texts may be lower-cased and stripped of accents before they are looked up.</summary>
    internal abstract bool CanBeUncased { get; }

    /// <summary>
    /// Whether a pair's texts are told apart by segments, with one separator between them, as BERT does; RoBERTa has two and one segment.
    /// </summary>
    internal abstract bool HasSegments { get; }

    /// <summary>
    /// Reads a vocabulary of either kind: a .json file (or a folder with vocab.json and no vocab.txt) is <see cref="BytePairVocabulary"/>'s, any
    /// other <see cref="BertVocabulary"/>'s.
    /// </summary>
    /// <param name="path">The vocabulary's file, or a folder as the transformers library saves a model to.</param>
    /// <param name="mergesPath">The merges of a .json; null for the file beside it, see <see cref="BytePairVocabulary.Load"/>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no vocabulary.</exception>
    public static TextVocabulary Load(string path, string? mergesPath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return mergesPath is not null || BytePairVocabulary.IsIts(ModelFolder.VocabularyOf(path))
            ? BytePairVocabulary.Load(path, mergesPath)
            : BertVocabulary.Load(path);
    }

    /// <summary>Makes a tokenizer.</summary>
    /// <param name="uncased">Whether text is lower-cased and stripped of accents, of word pieces; byte pairs take texts as they are.</param>
    public abstract TextTokenizer CreateTokenizer(bool uncased = true);

    /// <summary>Looks a token up.</summary>
    /// <param name="token">The token as the vocabulary spells it.</param>
    /// <param name="id">Its id.</param>
    /// <returns>Whether the vocabulary has it.</returns>
    public abstract bool TryGetId(string token, out int id);

    /// <summary>The token of an id.</summary>
    /// <param name="id">An id.</param>
    /// <exception cref="ArgumentOutOfRangeException">No token has this id.</exception>
    public abstract string TokenOf(int id);

    /// <summary>The special tokens around nothing, for messages.</summary>
    internal string EmptyText => $"{TokenOf(ClassificationId)} {TokenOf(SeparatorId)}";

    /// <summary>The least limit with room for one token of every text.</summary>
    internal int LeastMaxLength(bool isPair) => TextTokenizer.Specials(HasSegments, isPair) + (isPair ? 2 : 1);
}
