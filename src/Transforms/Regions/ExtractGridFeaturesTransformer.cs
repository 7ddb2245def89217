using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// Adds the cells of a grid over each row's image as its regions. Saved as ML.NET's own transformers with the graph inside.
/// </summary>
public sealed class ExtractGridFeaturesTransformer : DelegatingTransformer
{
    private readonly GridFeatureSettings _settings;

    /// <summary>
    /// Kept so that the graph's file lives as long as the transformer that saves it; null after loading, when ML.NET has its own.
    /// </summary>
    private readonly OnnxModelFolder? _graph;

    internal ExtractGridFeaturesTransformer(ITransformer inner, GridFeatureSettings settings, OnnxModelFolder? graph)
        : base(inner, settings.Requirements()) => (_settings, _graph) = (settings, graph);

    /// <summary>The image column read.</summary>
    public string ImageColumnName => _settings.ImageColumnName;

    /// <summary>The column of boxes that are regions as well, before the cells; null for none.</summary>
    public string? BoxesColumnName => _settings.BoxesColumnName;

    /// <summary>The number of cells N that are regions of every image.</summary>
    public int RegionCount => _settings.RegionCount;

    /// <summary>The number of values D of one region's feature.</summary>
    public int FeatureSize => _settings.FeatureSize;

    /// <summary>The grids and cells, without columns.</summary>
    internal GridFeatureOptions Grid => new()
    {
        Grid = _settings.Grid,
        CoarseGrid = _settings.CoarseGrid,
        CellSize = _settings.CellSize,
        Centered = _settings.Centered,
        Backbone = _settings.Backbone,
        BackboneLayer = _settings.Backbone == GridBackbone.Pixels ? 4 : _settings.BackboneLayer,
    };

    /// <summary>What it does, and where its graph lies while it is not in a saved model.</summary>
    public override string ToString() =>
        $"ExtractGridFeatures: {RegionCount} regions{(BoxesColumnName is { } boxes ? $" and those of {boxes}" : "")} of {FeatureSize} values"
        + $"{(_graph is null ? "" : $", graph {_graph.ModelPath}")}";

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _graph?.Dispose();
    }

    /// <summary>Gives the component of a saved state back.</summary>
    internal static ExtractGridFeaturesTransformer Restore(ITransformer loaded, string state) =>
        new(loaded, GridFeatureSettings.FromState(state), graph: null);
}
