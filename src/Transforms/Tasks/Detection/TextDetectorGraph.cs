using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage.Tasks.Detection;

/// <summary>The graph from an image's pixels and a text's tokens to boxes.</summary>
internal static class TextDetectorGraph
{
    /// <summary>Boxes, Float [1, N·4], in pixels of the raw image.</summary>
    public const string Boxes = Column.HelperPrefix + "detectedboxes";

    /// <summary>Float [1, N].</summary>
    public const string Scores = Column.HelperPrefix + "detectedscores";

    /// <summary>Which text each box is of, Int64 [1, N].</summary>
    public const string Labels = Column.HelperPrefix + "detectedlabels";

    public static string[] Inputs { get; } =
    [
        RegionPixels.PixelsColumn, StandardColumns.ImageSize.HelperName, RegionPixels.ResizedColumn, DetectorPrompt.IdsColumn, DetectorPrompt.TextsColumn,
        DetectorPrompt.LimitsColumn,
    ];

    public static string[] Outputs { get; } = [Boxes, Scores, Labels];

    /// <summary>
    /// Inputs: the pixels, UInt8 [1, H·W·3]; width and height, Float [1, 2]; the height and width the image is resized to, Int64 [1, 2]; the
    /// tokens, Int64 [1, T]; which of them each text has, Float [1, texts·T]; how sure it must be and how many boxes are kept, Float [1, 2].
    /// </summary>
    public static GraphBuilder Create(FiberDetectorConfig config, IParameterSource weights)
    {
        var graph = new GraphBuilder("TextDetector");
        var engine = new GraphEngine(graph, weights);
        var (bytes, given, resized, ids, texts, limits) = Declare(graph);

        // Height before width, blue before red.
        var raw = graph.Gather(graph.Squeeze(given, 0), graph.Constant(1, 0L));
        var height = graph.Slice(graph.Cast(raw, OnnxType.Int64), 0, 0, 1);
        var rows = graph.Reshape(graph.Cast(bytes, OnnxType.Float), graph.Concat(0, height, graph.Constant(-1, 3L)));
        var sizes = graph.Squeeze(resized, 0);
        var image = Resampling.Normalized(engine, graph.Gather(rows, graph.Constant(2, 1, 0L), 2), sizes, config.PixelMean, config.PixelDeviation);
        var size = graph.Cast(sizes, OnnxType.Float);
        var tokens = graph.Reshape(texts, graph.Concat(0, graph.Constant(values: [-1]), graph.Size(ids, 1)));
        var found = FiberDetectorNetwork.Find(engine, config, image, ids, tokens, size, raw / size, Limits(graph, limits));

        // The far corners are pixels of the boxes; columns have where boxes end.
        GraphValue[] values = [found.Boxes + graph.Constant([0f, 0, 1, 1], 4), found.Scores, found.Labels];
        foreach (var (name, value) in Outputs.Zip(values)) graph.Output(name, graph.Reshape(value, 1, -1), "B", $"{name}.length");
        return graph;
    }

    /// <summary>A graph of the same inputs and outputs that finds nothing, to tell columns by.</summary>
    public static GraphBuilder Skeleton()
    {
        var graph = new GraphBuilder("TextDetector");
        Declare(graph);
        foreach (var name in Outputs)
        {
            var nothing = name is Labels ? graph.Constant(Array.Empty<long>(), 1, 0) : graph.Constant(Array.Empty<float>(), 1, 0);
            graph.Output(name, nothing, "B", $"{name}.length");
        }

        return graph;
    }

    private static DetectionLimits<GraphValue> Limits(GraphBuilder graph, GraphValue limits)
    {
        var both = graph.Squeeze(limits, 0);
        return new(graph.Slice(both, 0, 0, 1), graph.Cast(graph.Select(both, 0, 1), OnnxType.Int64));
    }

    private static (GraphValue Bytes, GraphValue Size, GraphValue Resized, GraphValue Ids, GraphValue Texts, GraphValue Limits) Declare(
        GraphBuilder graph) => (
        graph.Input(Inputs[0], OnnxType.UInt8, "B", "L"),
        graph.Input(Inputs[1], OnnxType.Float, "B", 2),
        graph.Input(Inputs[2], OnnxType.Int64, "B", 2),
        graph.Input(Inputs[3], OnnxType.Int64, "B", "T"),
        graph.Input(Inputs[4], OnnxType.Float, "B", "M"),
        graph.Input(Inputs[5], OnnxType.Float, "B", 2));
}
