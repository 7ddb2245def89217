using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Regions;

/// <summary>The graph from what a detector said of an image to its regions.</summary>
internal static class DetectorOutputGraph
{
    /// <summary>Scores of classes, Float [1, N].</summary>
    public const string Scores = Column.HelperPrefix + "regionscores";

    /// <summary>Numbers of classes, Int64 [1, N].</summary>
    public const string Classes = DetectedNamesSource.ClassesColumn;

    /// <summary>Places along each side of a box that a map is looked at.</summary>
    private const int Samples = 7;

    /// <summary>The graph's outputs.</summary>
    public static IReadOnlyList<string> Outputs { get; } =
        [StandardColumns.RegionFeatures.HelperName, StandardColumns.RegionBoxes.HelperName, Scores, Classes];

    /// <summary>The graph's inputs, of which the pixels are read for features of them alone.</summary>
    public static string[] Inputs(DetectorSettings settings, IEnumerable<string> values) =>
    [
        .. settings.Features == DetectedFeatures.ResNet18 ? new[] { GridPixels.PixelsColumn } : [],
        StandardColumns.ImageSize.HelperName,
        .. values.Select(DetectorModel.ColumnOf),
    ];

    /// <summary>
    /// Inputs: width and height, Float [1, 2]; each value that the detector was asked for, Float [1, values]; the pixels, UInt8 [1, H·W·3].
    /// Outputs are declared of unknown length, as the columns of other region sources are.
    /// </summary>
    public static GraphBuilder Create(DetectorSettings settings, DetectorTables tables)
    {
        var graph = new GraphBuilder("DetectedRegions");
        var engine = new GraphEngine(graph, new NoParameters());
        var detector = settings.Detector;
        var bytes = settings.Features == DetectedFeatures.ResNet18 ? graph.Input(GridPixels.PixelsColumn, OnnxType.UInt8, "B", "L") : null;
        var size = graph.Input(StandardColumns.ImageSize.HelperName, OnnxType.Float, "B", 2);
        var values = tables.Names.ToDictionary(
            name => name, name => graph.Input(DetectorModel.ColumnOf(name), OnnxType.Float, "B", $"{name}.values"), StringComparer.Ordinal);

        var parts = DetectorParts<GraphValue>.Of(detector, [.. detector.Outputs.Select(part => tables.Table(graph, part.Output, values[part.Output.Name]))]);
        var boxes = DetectorDecoding.Boxes(engine, detector, tables.Grid, parts);
        var scores = DetectorDecoding.Scores(engine, detector, parts);
        var chosen = DetectorDecoding.Choose(engine, detector, settings.Limits, boxes, scores, parts.Numbers);
        var seen = graph.Gather(boxes, chosen.Places);
        var raw = InImage(graph, engine, seen, DetectorFitting.Create(graph, detector.Fit, size, tables.Width, tables.Height), size);
        var features = settings.Features switch
        {
            DetectedFeatures.Scores => graph.Gather(scores, chosen.Places),
            DetectedFeatures.Maps => graph.Concat(1, [.. detector.Maps.Select(map => Cut(graph, tables, map, values[map.Name], seen))]),
            _ => ResNetGridGraph.Seen(graph, Cut(graph, DetectorInputGraph.Image(graph, bytes!, size), raw, settings.CropSide, samples: 0), settings.CropSide),
        };
        foreach (var (name, value) in Outputs.Zip([features, raw, chosen.Scores, chosen.Classes]))
            graph.Output(name, graph.Reshape(value, 1, -1), "B", $"{name}.length");
        return graph;
    }

    /// <summary>A graph from pixels to the same outputs that finds nothing, to tell columns by.</summary>
    public static GraphBuilder Skeleton()
    {
        var graph = new GraphBuilder("DetectedRegions");
        graph.Input(GridPixels.PixelsColumn, OnnxType.UInt8, "B", "L");
        graph.Input(StandardColumns.ImageSize.HelperName, OnnxType.Float, "B", 2);
        foreach (var name in Outputs)
        {
            var nothing = name == Classes ? graph.Constant(Array.Empty<long>(), 1, 0) : graph.Constant(Array.Empty<float>(), 1, 0);
            graph.Output(name, nothing, "B", $"{name}.length");
        }

        return graph;
    }

    /// <summary>From pixels of what the detector sees to pixels of the image, cut off at its borders.</summary>
    private static GraphValue InImage(GraphBuilder graph, GraphEngine engine, GraphValue boxes, DetectorFitting fitted, GraphValue size)
    {
        var corner = graph.Concat(0, fitted.Left, fitted.Top, fitted.Left, fitted.Top);
        var own = graph.Squeeze(size, 0);
        var growth = own / graph.Concat(0, fitted.Width, fitted.Height);
        var raw = (boxes - corner) * graph.Concat(0, growth, growth);
        return Layers.Boxes.Clip(engine, raw, graph.Concat(0, graph.Slice(own, 0, 1, 2), graph.Slice(own, 0, 0, 1)));
    }

    /// <summary>[boxes, channels] of a map.</summary>
    private static GraphValue Cut(GraphBuilder graph, DetectorTables tables, OnnxMap map, GraphValue value, GraphValue boxes)
    {
        var (channels, height, width) = tables.MapSize(map);
        var shaped = map.Layout == OnnxLayout.ChannelsFirst
            ? graph.Reshape(value, 1, channels, height, width)
            : graph.Transpose(graph.Reshape(value, 1, height, width, channels), 0, 3, 1, 2);
        float across = (float)width / tables.Width, down = (float)height / tables.Height;
        return graph.Reshape(Cut(graph, shaped, boxes * graph.Constant([across, down, across, down], 4), 1, Samples), -1, channels);
    }

    private static GraphValue Cut(GraphBuilder graph, GraphValue image, GraphValue boxes, int side, int samples)
    {
        var images = graph.Fill(graph.Size(boxes, 0), 0L);
        return graph.RoiAlign(image, boxes, images, side, 1, samples, aligned: true);
    }
}
