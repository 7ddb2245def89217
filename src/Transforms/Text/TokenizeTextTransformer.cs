using Microsoft.ML;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage;

/// <summary>Adds BERT's token ids to rows with a text. Saved as ML.NET's own transformers with the vocabulary inside.</summary>
public sealed class TokenizeTextTransformer : DelegatingTransformer
{
    private readonly TokenizeTextSettings _settings;

    internal TokenizeTextTransformer(ITransformer inner, TokenizeTextSettings settings, BertVocabulary vocabulary)
        : base(inner, settings.Requirements()) => (_settings, Vocabulary) = (settings, vocabulary);

    /// <summary>The word pieces.</summary>
    public BertVocabulary Vocabulary { get; }

    /// <summary>The text column read.</summary>
    public string TextColumnName => _settings.TextColumnName;

    /// <summary>The column of the second text, or null.</summary>
    public string? PairColumnName => _settings.PairColumnName;

    /// <summary>The most tokens of a row.</summary>
    public int MaxLength => _settings.MaxLength;

    /// <summary>Whether text is lower-cased and stripped of accents.</summary>
    public bool Uncased => _settings.Uncased;

    /// <summary>Gives the component of a saved state back.</summary>
    internal static TokenizeTextTransformer Restore(ITransformer loaded, string state)
    {
        var (settings, vocabulary) = TokenizeTextSettings.FromState(state);
        return new(loaded, settings, vocabulary);
    }
}
