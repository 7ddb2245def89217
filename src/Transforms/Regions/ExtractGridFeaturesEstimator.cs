using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Composition;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Regions;

/// <summary>Makes an <see cref="ExtractGridFeaturesTransformer"/>; it learns nothing from the data.</summary>
public sealed class ExtractGridFeaturesEstimator : IEstimator<ExtractGridFeaturesTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly GridFeatureSettings _settings;

    /// <summary>ML.NET reads the graph from a file, also when it saves the model.</summary>
    private readonly Lazy<OnnxModelFolder> _graph;

    /// <summary>
    /// The part that does not depend on the input: from the helper columns to the user's. Made once, as it opens an ONNX session.
    /// </summary>
    private readonly Lazy<EstimatorChain<ITransformer>> _cutting;

    internal ExtractGridFeaturesEstimator(TransformsCatalog catalog, GridFeatureSettings settings)
    {
        _catalog = catalog;
        _settings = settings;
        _graph = new Lazy<OnnxModelFolder>(() => OnnxModelFolder.Create(GridFeatureGraph.Create(settings).WriteTo));
        _cutting = new Lazy<EstimatorChain<ITransformer>>(CreateCutting);
    }

    /// <summary>Checks the column and makes the transformer.</summary>
    /// <param name="input">Data with the image column.</param>
    /// <exception cref="ArgumentException">The column is missing or holds no images.</exception>
    public ExtractGridFeaturesTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ExtractGridFeaturesTransformer.CheckImage(_settings, input.Schema);
        return new ExtractGridFeaturesTransformer(Chain(input.Schema[_settings.ImageColumn].Type).Fit(input), _settings, _graph.Value);
    }

    /// <summary>The schema after the transformer.</summary>
    /// <param name="inputSchema">The schema before it.</param>
    /// <exception cref="ArgumentException">The column is missing or holds no images.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ExtractGridFeaturesTransformer.CheckImage(_settings, inputSchema);
        return Chain(inputSchema.First(column => column.Name == _settings.ImageColumn).ItemType).GetOutputSchema(inputSchema);
    }

    private EstimatorChain<ITransformer> Chain(DataViewType imageType)
    {
        ImageColumnType.Register();
        var source = SchemaDefinition.Create(typeof(GridPixelsSource));
        source[GridPixelsSource.ImageColumn].ColumnType = imageType;
        var unpacking = StateChain.Create<GridPixelsSource, GridPixelsDestination>(
            _catalog,
            _settings.ToState(),
            GridPixelsSource.StateColumn,
            GridPixelsFactory.Map,
            GridPixelsFactory.Contract,
            [(GridPixelsSource.ImageColumn, _settings.ImageColumn)],
            [],
            source);
        return new EstimatorChain<ITransformer>().Append<ITransformer>(unpacking).Append<ITransformer>(_cutting.Value);
    }

    private EstimatorChain<ITransformer> CreateCutting()
    {
        string[] outputs = [GridFeatureGraph.Features, GridFeatureGraph.Boxes];
        string[] inputs = [GridFeatureGraph.Pixels, GridFeatureGraph.Size];
        return new EstimatorChain<ITransformer>()
            .Append<ITransformer>(_catalog.ApplyOnnxModel(outputs, inputs, _graph.Value.ModelPath))
            .Append<ITransformer>(_catalog.CopyColumns(_settings.FeaturesColumn, GridFeatureGraph.Features))
            .Append<ITransformer>(_catalog.CopyColumns(_settings.BoxesColumn, GridFeatureGraph.Boxes))
            .Append<ITransformer>(_catalog.CopyColumns(_settings.SizeColumn, GridFeatureGraph.Size))
            .Append<ITransformer>(_catalog.DropColumns([.. inputs, .. outputs]));
    }
}
