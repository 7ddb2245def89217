using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
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

    /// <summary>For shapes alone, made once as it opens a session; what is fitted has its own, which goes when that is disposed.</summary>
    private readonly Lazy<(OnnxModelFolder Graph, IEstimator<ITransformer> Cutting)> _shapes;

    internal ExtractGridFeaturesEstimator(TransformsCatalog catalog, GridFeatureSettings settings)
        : base(settings.Requirements())
    {
        _catalog = catalog;
        _settings = settings;
        _shapes = new(() =>
        {
            var graph = CreateGraph();
            return (graph, Cutting(graph));
        });
    }

    private protected override ExtractGridFeaturesTransformer Fit(IDataView input, Func<string, DataViewType> typeOf)
    {
        var graph = CreateGraph();
        try
        {
            return new(Chain(typeOf, Cutting(graph)).Build().Fit(input), _settings, graph);
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    private protected override StateChain Chain(Func<string, DataViewType> typeOf) => Chain(typeOf, _shapes.Value.Cutting);

    /// <summary>ML.NET reads the graph from a file, also when it saves the model.</summary>
    private OnnxModelFolder CreateGraph() => OnnxModelFolder.Create(GridFeatureGraph.Create(_settings).WriteTo);

    /// <summary>
    /// In a context of its own: a graph of a few means computes on the CPU, whatever device the user's context is for, and on one thread: a
    /// second one would not have begun before the first has ended.
    /// </summary>
    private IEstimator<ITransformer> Cutting(OnnxModelFolder graph) => new MLContext().Transforms.ApplyOnnxModel(new OnnxOptions
    {
        OutputColumns = GraphOutputs,
        InputColumns = _settings.BoxesColumnName is null
            ? [GridFeatureGraph.Pixels, StandardColumns.ImageSize.HelperName]
            : [GridFeatureGraph.Pixels, StandardColumns.ImageSize.HelperName, GridFeatureGraph.Boxes],
        ModelFile = graph.ModelPath,
        IntraOpNumThreads = 1,
    });

    private StateChain Chain(Func<string, DataViewType> typeOf, IEstimator<ITransformer> cutting)
    {
        ImageColumnType.Register();
        var source = SchemaDefinition.Create(typeof(GridPixelsSource));
        source[GridPixelsSource.ImageColumn].ColumnType = typeOf(_settings.ImageColumnName);
        var chain = new StateChain(_catalog, _settings.ToState())
            .Copy(GridPixelsSource.ImageColumn, _settings.ImageColumnName)
            .Map<GridPixelsSource, GridPixels>(GridPixelsFactory.Map, GridPixelsFactory.Contract, source);
        if (_settings.BoxesColumnName is { } boxes)
            chain.Copy(GridBoxesSource.BoxesColumn, boxes).Map<GridBoxesSource, GridBoxes>(GridBoxesFactory.Map, GridBoxesFactory.Contract);
        return chain
            .Append(cutting, GraphOutputs)
            .CopyOut(StandardColumns.Image, _settings.Columns);
    }
}
