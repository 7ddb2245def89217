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
    private readonly TextVocabulary _vocabulary;

    internal TokenizeTextEstimator(TransformsCatalog catalog, TextVocabulary vocabulary, TokenizeTextSettings settings)
        : base(settings.Requirements()) => (_catalog, _vocabulary, _settings) = (catalog, vocabulary, settings);

    private protected override StateChain Chain(Func<string, DataViewType> typeOf)
    {
        var chain = new StateChain(_catalog, _settings.ToState(_vocabulary))
            .Copy(TokenizeTextSource.TextColumn, _settings.TextColumnName)
            .Copy(TokenizeTextSource.PairColumn, _settings.PairColumnName ?? _settings.TextColumnName);
        if ((_settings.TagsColumnName ?? _settings.PairTagsColumnName) is not { } tags)
        {
            return chain.Map<TokenizeTextSource, TextValues>(TokenizeTextFactory.Map, TokenizeTextFactory.Contract, destination: Define<TextValues>())
                .CopyOut(StandardColumns.Text, _settings.Columns);
        }

        return chain.Copy(TokenizeTaggedTextSource.TagsColumn, _settings.TagsColumnName ?? tags)
            .Copy(TokenizeTaggedTextSource.PairTagsColumn, _settings.PairTagsColumnName ?? tags)
            .Map<TokenizeTaggedTextSource, TaggedTextValues>(
                TokenizeTaggedTextFactory.Map, TokenizeTaggedTextFactory.Contract, destination: Define<TaggedTextValues>())
            .CopyOut(StandardColumns.TaggedText, _settings.Columns);
    }

    private SchemaDefinition Define<T>() => TokenAnnotations.Define<T>(_vocabulary.Count, _settings.MaxLength, _vocabulary.MaskId);

    private protected override TokenizeTextTransformer Fit(IDataView input, Func<string, DataViewType> typeOf) =>
        new(Chain(typeOf).Build().Fit(input), _settings, _vocabulary, CatalogEnvironment.Of(_catalog));
}
