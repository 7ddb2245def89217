using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Composition;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Regions;

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
        : base(inner)
    {
        _settings = settings;
        _graph = graph;
    }

    /// <summary>The image column read.</summary>
    public string ImageColumn => _settings.ImageColumn;

    /// <summary>The number of regions N of every image.</summary>
    public int RegionCount => _settings.RegionCount;

    /// <summary>The number of values D of one region's feature.</summary>
    public int FeatureSize => _settings.FeatureSize;

    /// <summary>What it does, and where its graph lies while it is not in a saved model.</summary>
    public override string ToString() =>
        $"ExtractGridFeatures: {RegionCount} regions of {FeatureSize} values{(_graph is null ? "" : $", graph {_graph.ModelPath}")}";

    /// <summary>Recognises the chain that a saved ExtractGridFeatures becomes, and gives the component back.</summary>
    internal static ExtractGridFeaturesTransformer? TryRestore(MLContext mlContext, ITransformer loaded) =>
        loaded is IEnumerable<ITransformer> chain && chain.FirstOrDefault() is { } unpacking
        && StateChain.TryRead<GridPixelsSource, GridPixelsDestination>(mlContext, unpacking, GridPixelsSource.StateColumn, out var state)
            ? new ExtractGridFeaturesTransformer(loaded, GridFeatureSettings.FromState(state), graph: null)
            : null;

    internal static void CheckImage(GridFeatureSettings settings, DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(settings.ImageColumn) is not { } column)
            throw Missing(settings, schema.Where(c => !c.IsHidden).Select(c => c.Name));
        if (column.Type is not ImageDataViewType)
            throw Wrong(settings, column.Type);
    }

    internal static void CheckImage(GridFeatureSettings settings, SchemaShape schema)
    {
        foreach (var column in schema.Where(c => c.Name == settings.ImageColumn))
        {
            if (column.Kind != SchemaShape.Column.VectorKind.Scalar || column.ItemType is not ImageDataViewType)
                throw Wrong(settings, column.ItemType);
            return;
        }

        throw Missing(settings, schema.Select(c => c.Name));
    }

    private protected override void CheckInput(DataViewSchema inputSchema) => CheckImage(_settings, inputSchema);

    private static ArgumentException Missing(GridFeatureSettings settings, IEnumerable<string> present) => new(
        $"ExtractGridFeatures: there is no column '{settings.ImageColumn}' in the input; an image column is expected. The columns are: " +
        $"{string.Join(", ", present)}.", "inputSchema");

    private static ArgumentException Wrong(GridFeatureSettings settings, DataViewType found) =>
        new($"ExtractGridFeatures: column '{settings.ImageColumn}' must hold images (as LoadImages makes them) but is {found}.",
            "inputSchema");
}
