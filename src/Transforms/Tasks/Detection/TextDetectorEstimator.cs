using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Detection;

namespace MLNet.VisionLanguage;

/// <summary>Makes a transformer with FIBER's detector of the detector's checkpoint; it learns nothing from the data.</summary>
/// <typeparam name="TTransformer">The transformer.</typeparam>
public sealed class TextDetectorEstimator<TTransformer> : DelegatingEstimator<TTransformer>
    where TTransformer : TextDetectorTransformer
{
    private readonly TextDetectorChain _chain;
    private readonly TextDetectorSettings _settings;
    private readonly string _checkpoint;
    private readonly string? _stateDictionary;
    private readonly Func<ITransformer, TextDetectorSettings, OnnxModelFolder, TTransformer> _make;

    /// <summary>For shapes alone; what is fitted has the graph with the weights.</summary>
    private readonly Lazy<(OnnxModelFolder Graph, IEstimator<ITransformer> Finding)> _shapes;

    internal TextDetectorEstimator(
        TransformsCatalog catalog, TextDetectorSettings settings, TextVocabulary vocabulary, string checkpoint, string? stateDictionary,
        Func<ITransformer, TextDetectorSettings, OnnxModelFolder, TTransformer> make)
        : base(settings.Requirements())
    {
        (_settings, _checkpoint, _stateDictionary, _make) = (settings, checkpoint, stateDictionary, make);
        _chain = new(catalog, settings, vocabulary);
        _shapes = new(() =>
        {
            var graph = OnnxModelFolder.Create(TextDetectorGraph.Skeleton().WriteTo);
            return (graph, _chain.Finding(graph));
        });
    }

    /// <exception cref="FileNotFoundException">There is no such checkpoint.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint is damaged or none.</exception>
    /// <exception cref="CheckpointMismatchException">It is of another architecture or size.</exception>
    private protected override TTransformer Fit(IDataView input, Func<string, DataViewType> typeOf)
    {
        var graph = _chain.CreateGraph(_checkpoint, _stateDictionary, out var match);
        try
        {
            var transformer = _make(_chain.Build(typeOf, _chain.Finding(graph)).Build().Fit(input), _settings, graph);
            transformer.Match = match;
            return transformer;
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    private protected override StateChain Chain(Func<string, DataViewType> typeOf) => _chain.Build(typeOf, _shapes.Value.Finding);
}
