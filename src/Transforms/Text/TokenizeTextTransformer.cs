using Microsoft.ML;
using MLNet.VisionLanguage.Composition;

namespace MLNet.VisionLanguage.Text;

/// <summary>Adds BERT's token ids to rows with a text. Saved as ML.NET's own transformers with the vocabulary inside.</summary>
public sealed class TokenizeTextTransformer : DelegatingTransformer
{
    private const string Component = "TokenizeText";

    private readonly TokenizeTextSettings _settings;

    internal TokenizeTextTransformer(ITransformer inner, TokenizeTextSettings settings, BertVocabulary vocabulary)
        : base(inner)
    {
        _settings = settings;
        Vocabulary = vocabulary;
    }

    /// <summary>The word pieces.</summary>
    public BertVocabulary Vocabulary { get; }

    /// <summary>The text column read.</summary>
    public string TextColumn => _settings.TextColumn;

    /// <summary>The column of the second text, or null.</summary>
    public string? PairColumn => _settings.PairColumn;

    /// <summary>The most tokens of a row.</summary>
    public int MaxLength => _settings.MaxLength;

    /// <summary>Recognises the chain that a saved TokenizeText becomes, and gives the component back.</summary>
    internal static TokenizeTextTransformer? TryRestore(MLContext mlContext, ITransformer loaded)
    {
        if (!StateChain.TryRead<TokenizeTextSource, TokenizeTextDestination>(mlContext, loaded, TokenizeTextSource.StateColumn, out var state))
            return null;
        var (settings, vocabulary) = TokenizeTextSettings.FromState(state);
        return new TokenizeTextTransformer(loaded, settings, vocabulary);
    }

    internal static IEnumerable<ColumnRequirement> Requirements(TokenizeTextSettings settings)
    {
        yield return ColumnRequirement.Text(Component, settings.TextColumn);
        if (settings.PairColumn is not null)
            yield return ColumnRequirement.Text(Component, settings.PairColumn);
    }

    private protected override void CheckInput(DataViewSchema inputSchema)
    {
        foreach (var requirement in Requirements(_settings))
            requirement.Check(inputSchema);
    }
}
