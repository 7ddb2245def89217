using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage;

/// <summary>Makes a <see cref="PreprocessImageTransformer"/>; it learns nothing from the data.</summary>
public sealed class PreprocessImageEstimator : DelegatingEstimator<PreprocessImageTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly PreprocessImageSettings _settings;

    internal PreprocessImageEstimator(TransformsCatalog catalog, PreprocessImageSettings settings)
        : base(settings.Requirements()) => (_catalog, _settings) = (catalog, settings);

    private protected override StateChain Chain(Func<string, DataViewType> typeOf)
    {
        ImageColumnType.Register();
        var source = SchemaDefinition.Create(typeof(PreprocessImageSource));
        source[PreprocessImageSource.ImageColumn].ColumnType = typeOf(_settings.ImageColumnName);
        return new StateChain(_catalog, _settings.ToState())
            .Copy(PreprocessImageSource.ImageColumn, _settings.ImageColumnName)
            .Copy(PreprocessImageSource.RowIdColumn, _settings.RowIdColumnName ?? StateChain.StateColumn)
            .Map<PreprocessImageSource, PreprocessedImage>(
                PreprocessImageFactory.Map, PreprocessImageFactory.Contract, source, PixelAnnotations.Define<PreprocessedImage>(_settings))
            .Copy(_settings.OutputColumnName, PreprocessedImage.ValuesColumn);
    }

    private protected override PreprocessImageTransformer Fit(IDataView input, Func<string, DataViewType> typeOf) =>
        new(Chain(typeOf).Build().Fit(input), _settings);
}
