using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage;

/// <summary>Makes a <see cref="LoadImageFilesTransformer"/>; it learns nothing from the data and opens no file.</summary>
public sealed class LoadImageFilesEstimator : DelegatingEstimator<LoadImageFilesTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly LoadImageFilesSettings _settings;

    internal LoadImageFilesEstimator(TransformsCatalog catalog, LoadImageFilesSettings settings)
        : base(settings.Requirements()) => (_catalog, _settings) = (catalog, settings);

    private protected override StateChain Chain(Func<string, DataViewType> typeOf)
    {
        ImageColumnType.Register();
        var chain = new StateChain(_catalog, _settings.ToState()).Copy(LoadImageFilesSource.PathColumn, _settings.PathColumnName);

        // The mapping's class has a row id in any case; without a column for it the path stands there unread.
        const string Row = LoadImageFilesSource.RowIdColumn;
        if (_settings.RowIdColumnName is { } rowId)
            chain.Append(_catalog.Conversion.ConvertType(Row, rowId, DataKind.String), Row);
        else
            chain.Copy(Row, _settings.PathColumnName);

        chain.Map<LoadImageFilesSource, LoadedImage>(LoadImageFilesFactory.Map, LoadImageFilesFactory.Contract)
            .Copy(_settings.OutputColumnName, LoadedImage.ImageColumn);
        if (_settings.ProblemColumnName is { } problem) chain.Copy(problem, LoadedImage.ProblemColumn);
        if (_settings.SizeColumnName is { } size) chain.Copy(size, LoadedImage.SizeColumn);
        return chain;
    }

    private protected override LoadImageFilesTransformer Fit(IDataView input, Func<string, DataViewType> typeOf) =>
        new(Chain(typeOf).Build().Fit(input), _settings);
}
