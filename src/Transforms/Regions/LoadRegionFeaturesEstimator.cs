using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// Makes a <see cref="LoadRegionFeaturesTransformer"/>: fitting opens the feature files and notes where each image lies. It throws
/// <see cref="FileNotFoundException"/> when a feature file does not exist, and <see cref="InvalidDataException"/> when one is not in the
/// layout.
/// </summary>
public sealed class LoadRegionFeaturesEstimator : DelegatingEstimator<LoadRegionFeaturesTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly LoadRegionFeaturesSettings _settings;

    internal LoadRegionFeaturesEstimator(TransformsCatalog catalog, LoadRegionFeaturesSettings settings)
        : base([settings.Requirement()]) => (_catalog, _settings) = (catalog, settings);

    private protected override StateChain Chain(Func<string, DataViewType> typeOf)
    {
        var chain = new StateChain(_catalog, _settings.ToState()).Copy(LoadRegionFeaturesSource.ImageIdColumn, _settings.ImageIdColumnName);
        var detected = _settings.Detected;
        chain = detected.Count == 0
            ? chain.Map<LoadRegionFeaturesSource, ImageValues>(LoadRegionFeaturesFactory.Map, LoadRegionFeaturesFactory.Contract)
            : chain.Map<LoadRegionFeaturesSource, DetectedValues>(LoadDetectionsFactory.Map, LoadDetectionsFactory.Contract);
        return chain.CopyOut(StandardColumns.Image, _settings.Columns).Copy(detected.Values, detected.Keys.Select(name => Column.HelperPrefix + name));
    }

    private protected override LoadRegionFeaturesTransformer Fit(IDataView input, Func<string, DataViewType> typeOf) =>
        new(Chain(typeOf).Build().Fit(input), _settings, new(_settings.Paths, _settings.FeatureSize, _settings.MaxImages));
}
