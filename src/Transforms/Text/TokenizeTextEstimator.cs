using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage;

/// <summary>Makes a <see cref="TokenizeTextTransformer"/>; it learns nothing from the data.</summary>
public sealed class TokenizeTextEstimator : DelegatingEstimator<TokenizeTextTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly TokenizeTextSettings _settings;
    private readonly BertVocabulary _vocabulary;

    internal TokenizeTextEstimator(TransformsCatalog catalog, BertVocabulary vocabulary, TokenizeTextSettings settings)
        : base(settings.Requirements()) => (_catalog, _vocabulary, _settings) = (catalog, vocabulary, settings);

    private protected override StateChain Chain(Func<string, DataViewType> typeOf) =>
        new StateChain(_catalog, _settings.ToState(_vocabulary))
            .Copy(TokenizeTextSource.TextColumn, _settings.TextColumnName)
            .Copy(TokenizeTextSource.PairColumn, _settings.PairColumnName ?? _settings.TextColumnName)
            .Map<TokenizeTextSource, TextValues>(
                TokenizeTextFactory.Map, TokenizeTextFactory.Contract,
                destination: TokenAnnotations.Define(_vocabulary.Count, _settings.MaxLength, _vocabulary.MaskId))
            .CopyOut(StandardColumns.Text, _settings.Columns);

    private protected override TokenizeTextTransformer Fit(IDataView input, Func<string, DataViewType> typeOf) =>
        new(Chain(typeOf).Build().Fit(input), _settings, _vocabulary, CatalogEnvironment.Of(_catalog));
}
