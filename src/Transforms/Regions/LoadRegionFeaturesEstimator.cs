using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Composition;

namespace MLNet.VisionLanguage.Regions;

/// <summary>Makes a <see cref="LoadRegionFeaturesTransformer"/>: fitting opens the feature files and notes where each image lies.</summary>
public sealed class LoadRegionFeaturesEstimator : IEstimator<LoadRegionFeaturesTransformer>
{
    private readonly LoadRegionFeaturesSettings _settings;
    private readonly EstimatorChain<ITransformer> _chain;

    internal LoadRegionFeaturesEstimator(TransformsCatalog catalog, LoadRegionFeaturesSettings settings)
    {
        _settings = settings;
        _chain = StateChain.Create<LoadRegionFeaturesSource, LoadRegionFeaturesDestination>(
            catalog,
            settings.ToState(),
            LoadRegionFeaturesSource.StateColumn,
            LoadRegionFeaturesFactory.Map,
            LoadRegionFeaturesFactory.Contract,
            [(LoadRegionFeaturesSource.ImageIdColumn, settings.ImageIdColumn)],
            [
                (LoadRegionFeaturesDestination.FeaturesColumn, settings.FeaturesColumn),
                (LoadRegionFeaturesDestination.BoxesColumn, settings.BoxesColumn),
                (LoadRegionFeaturesDestination.SizeColumn, settings.SizeColumn),
            ]);
    }

    /// <summary>Checks the column, indexes the files and makes the transformer.</summary>
    /// <param name="input">Data with the image id column.</param>
    /// <exception cref="ArgumentException">The column is missing or of another type.</exception>
    /// <exception cref="FileNotFoundException">A feature file does not exist.</exception>
    /// <exception cref="InvalidDataException">A feature file is not in the layout, or an image occurs twice.</exception>
    public LoadRegionFeaturesTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        LoadRegionFeaturesTransformer.Requirement(_settings).Check(input.Schema);
        var files = new RegionFeatureFiles(_settings.Paths);
        return new LoadRegionFeaturesTransformer(_chain.Fit(input), _settings, files);
    }

    /// <summary>The schema after the transformer.</summary>
    /// <param name="inputSchema">The schema before it.</param>
    /// <exception cref="ArgumentException">The column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        LoadRegionFeaturesTransformer.Requirement(_settings).Check(inputSchema);
        return _chain.GetOutputSchema(inputSchema);
    }
}
