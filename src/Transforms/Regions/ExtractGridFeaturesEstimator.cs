using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>Makes an <see cref="ExtractGridFeaturesTransformer"/>; it learns nothing from the data.</summary>
public sealed class ExtractGridFeaturesEstimator : DelegatingEstimator<ExtractGridFeaturesTransformer>
{
    private static readonly string[] GraphOutputs = [StandardColumns.RegionFeatures.HelperName, StandardColumns.RegionBoxes.HelperName];

    private readonly TransformsCatalog _catalog;
    private readonly GridFeatureSettings _settings;

    /// <summary>ML.NET reads the graph from a file, also when it saves the model.</summary>
    private readonly Lazy<OnnxModelFolder> _graph;

    /// <summary>Made once, as it opens an ONNX session.</summary>
    private readonly Lazy<IEstimator<ITransformer>> _cutting;

    internal ExtractGridFeaturesEstimator(TransformsCatalog catalog, GridFeatureSettings settings)
        : base([settings.Requirement()])
    {
        _catalog = catalog;
        _settings = settings;
        _graph = new(() => OnnxModelFolder.Create(GridFeatureGraph.Create(settings).WriteTo));
        _cutting = new(() => catalog.ApplyOnnxModel(
            GraphOutputs, [GridFeatureGraph.Pixels, StandardColumns.ImageSize.HelperName], _graph.Value.ModelPath));
    }

    private protected override StateChain Chain(Func<string, DataViewType> typeOf)
    {
        ImageColumnType.Register();
        var source = SchemaDefinition.Create(typeof(GridPixelsSource));
        source[GridPixelsSource.ImageColumn].ColumnType = typeOf(_settings.ImageColumnName);
        return new StateChain(_catalog, _settings.ToState())
            .Copy(GridPixelsSource.ImageColumn, _settings.ImageColumnName)
            .Map<GridPixelsSource, GridPixels>(GridPixelsFactory.Map, GridPixelsFactory.Contract, source)
            .Append(_cutting.Value, GraphOutputs)
            .CopyOut(StandardColumns.Image, _settings.Columns);
    }

    private protected override ExtractGridFeaturesTransformer Create(ITransformer chain) => new(chain, _settings, _graph.Value);
}
