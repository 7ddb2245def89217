using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Regions;

/// <summary>The graph from an image's pixels to what a detector finds in it.</summary>
internal static class RegionFeatureGraph
{
    /// <summary>Probabilities of classes, Float [1, N].</summary>
    public const string Scores = Column.HelperPrefix + "regionscores";

    /// <summary>Numbers of classes, Int64 [1, N].</summary>
    public const string Classes = RegionNamesSource.ClassesColumn;

    /// <summary>Numbers of attributes, Int64 [1, N].</summary>
    public const string Attributes = RegionNamesSource.AttributesColumn;

    /// <summary>Probabilities of attributes, Float [1, N].</summary>
    public const string AttributeScores = Column.HelperPrefix + "regionattributescores";

    private static readonly string[] OfBackbone = [StandardColumns.RegionFeatures.HelperName, StandardColumns.RegionBoxes.HelperName];

    private static readonly string[] OfDetector = [.. OfBackbone, Scores, Classes, Attributes, AttributeScores];

    /// <summary>The graph's outputs.</summary>
    public static IReadOnlyList<string> Outputs(RegionFeatureSettings settings) => settings.Backbone is null ? OfDetector : OfBackbone;

    /// <summary>The graph's inputs.</summary>
    public static string[] Inputs(RegionFeatureSettings settings) => settings.BoxesColumnName is null
        ? [RegionPixels.PixelsColumn, StandardColumns.ImageSize.HelperName, RegionPixels.ResizedColumn]
        : [RegionPixels.PixelsColumn, StandardColumns.ImageSize.HelperName, RegionPixels.ResizedColumn, RegionBoxesSource.CheckedColumn];

    /// <summary>
    /// Inputs: the pixels, UInt8 [1, H·W·3]; width and height, Float [1, 2]; the height and width the image is resized to, Int64 [1, 2]; boxes
    /// where they are given, Float [1, K·4]. Outputs are declared of unknown length, as the columns of other region sources are.
    /// </summary>
    /// <param name="settings">The detector, and which regions.</param>
    /// <param name="weights">Its weights.</param>
    public static GraphBuilder Create(RegionFeatureSettings settings, IParameterSource weights)
    {
        var graph = new GraphBuilder("RegionFeatures");
        var engine = new GraphEngine(graph, weights);
        var bytes = graph.Input(RegionPixels.PixelsColumn, OnnxType.UInt8, "B", "L");
        var given = graph.Input(StandardColumns.ImageSize.HelperName, OnnxType.Float, "B", 2);
        var resized = graph.Squeeze(graph.Input(RegionPixels.ResizedColumn, OnnxType.Int64, "B", 2), 0);
        var boxes = settings.BoxesColumnName is null
            ? null
            : graph.Reshape(graph.Input(RegionBoxesSource.CheckedColumn, OnnxType.Float, "B", "K"), -1, 4);

        // Height before width, blue before red.
        var raw = graph.Gather(graph.Squeeze(given, 0), graph.Constant(1, 0L));
        var height = graph.Slice(graph.Cast(raw, OnnxType.Int64), 0, 0, 1);
        var rows = graph.Reshape(graph.Cast(bytes, OnnxType.Float), graph.Concat(0, height, graph.Constant(-1, 3L)));
        var pixels = graph.Gather(rows, graph.Constant(2, 1, 0L), 2);
        var image = FasterRcnnNetwork.Normalize(engine, settings.Network, pixels, resized);
        var size = graph.Cast(resized, OnnxType.Float);
        GraphValue[] values;
        if (settings.Backbone is not null)
        {
            values = [VlBertPixels.Given(engine, settings.Network, image, size, raw / size, boxes!), boxes!];
        }
        else
        {
            var found = FasterRcnnNetwork.Find(engine, settings.Detector, settings.Rule, image, size, raw / size, boxes);
            values = [found.Features, found.Boxes, found.Scores, found.Classes, found.Attributes, found.AttributeScores];
        }

        foreach (var (name, value) in Outputs(settings).Zip(values)) graph.Output(name, graph.Reshape(value, 1, -1), "B", $"{name}.length");
        return graph;
    }

    /// <summary>A graph of the same inputs and outputs that finds nothing, to tell columns by.</summary>
    public static GraphBuilder Skeleton(RegionFeatureSettings settings)
    {
        var graph = new GraphBuilder("RegionFeatures");
        graph.Input(RegionPixels.PixelsColumn, OnnxType.UInt8, "B", "L");
        graph.Input(StandardColumns.ImageSize.HelperName, OnnxType.Float, "B", 2);
        graph.Input(RegionPixels.ResizedColumn, OnnxType.Int64, "B", 2);
        if (settings.BoxesColumnName is not null) graph.Input(RegionBoxesSource.CheckedColumn, OnnxType.Float, "B", "K");
        foreach (var name in Outputs(settings))
        {
            var nothing = name is Classes or Attributes ? graph.Constant(Array.Empty<long>(), 1, 0) : graph.Constant(Array.Empty<float>(), 1, 0);
            graph.Output(name, nothing, "B", $"{name}.length");
        }

        return graph;
    }
}
