using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Composition;

namespace MLNet.VisionLanguage.Text;

/// <summary>Makes a <see cref="TokenizeTextTransformer"/>; it learns nothing from the data.</summary>
public sealed class TokenizeTextEstimator : IEstimator<TokenizeTextTransformer>
{
    private readonly TokenizeTextSettings _settings;
    private readonly BertVocabulary _vocabulary;
    private readonly EstimatorChain<ITransformer> _chain;

    internal TokenizeTextEstimator(TransformsCatalog catalog, BertVocabulary vocabulary, TokenizeTextSettings settings)
    {
        _settings = settings;
        _vocabulary = vocabulary;
        _chain = StateChain.Create<TokenizeTextSource, TokenizeTextDestination>(
            catalog,
            settings.ToState(vocabulary),
            TokenizeTextSource.StateColumn,
            TokenizeTextFactory.Map,
            TokenizeTextFactory.Contract,
            [(TokenizeTextSource.TextColumn, settings.TextColumn), (TokenizeTextSource.PairColumn, settings.PairColumn ?? settings.TextColumn)],
            [
                (TokenizeTextDestination.InputIdsColumn, settings.InputIdsColumn),
                (TokenizeTextDestination.AttentionMaskColumn, settings.AttentionMaskColumn),
                (TokenizeTextDestination.TokenTypeIdsColumn, settings.TokenTypeIdsColumn),
            ]);
    }

    /// <summary>Checks the columns and makes the transformer.</summary>
    /// <param name="input">Data with the text columns.</param>
    /// <exception cref="ArgumentException">A text column is missing or of another type.</exception>
    public TokenizeTextTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        foreach (var requirement in TokenizeTextTransformer.Requirements(_settings))
            requirement.Check(input.Schema);
        return new TokenizeTextTransformer(_chain.Fit(input), _settings, _vocabulary);
    }

    /// <summary>The schema after the transformer.</summary>
    /// <param name="inputSchema">The schema before it.</param>
    /// <exception cref="ArgumentException">A text column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var requirement in TokenizeTextTransformer.Requirements(_settings))
            requirement.Check(inputSchema);
        return _chain.GetOutputSchema(inputSchema);
    }
}
