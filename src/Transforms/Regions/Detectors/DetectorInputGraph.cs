using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Regions;

/// <summary>The graph from an image's pixels to what a detector reads.</summary>
internal static class DetectorInputGraph
{
    /// <summary>What the detector reads, Float [1, values].</summary>
    public const string Output = Column.HelperPrefix + "detectorinput";

    /// <summary>Inputs: the pixels, UInt8 [1, H·W·3]; width and height, Float [1, 2].</summary>
    public static GraphBuilder Create(OnnxDetector detector, int width, int height)
    {
        var graph = new GraphBuilder("DetectorInput");
        var bytes = graph.Input(GridPixels.PixelsColumn, OnnxType.UInt8, "B", "L");
        var size = graph.Input(StandardColumns.ImageSize.HelperName, OnnxType.Float, "B", 2);
        var image = Colours(graph, Image(graph, bytes, size), detector.Colours);
        var fitted = DetectorFitting.Create(graph, detector.Fit, size, width, height);
        GraphValue across = graph.Cast(fitted.Width, OnnxType.Int64), down = graph.Cast(fitted.Height, OnnxType.Int64);
        var seen = graph.ResizeBilinear(image, graph.Concat(0, down, across), "half_pixel", detector.Antialias);
        if (detector.Fit != OnnxFit.Stretch)
        {
            GraphValue left = graph.Cast(fitted.Left, OnnxType.Int64), top = graph.Cast(fitted.Top, OnnxType.Int64);
            GraphValue right = graph.Constant(values: [width]) - left - across, bottom = graph.Constant(values: [height]) - top - down;
            seen = graph.Pad(seen, graph.Concat(0, top, left, bottom, right), detector.Filling, 2, 3);
        }

        seen = (seen - graph.Constant([.. detector.Mean], 1, 3, 1, 1)) / graph.Constant([.. detector.Deviation], 1, 3, 1, 1);
        if (detector.Layout == OnnxLayout.ChannelsLast) seen = graph.Transpose(seen, 0, 2, 3, 1);
        graph.Output(Output, graph.Reshape(seen, 1, -1), "B", "F");
        return graph;
    }

    /// <summary>[1, 3, height, width] of an image's pixels, red first, 0 to 255.</summary>
    public static GraphValue Image(GraphBuilder graph, GraphValue bytes, GraphValue size)
    {
        var height = graph.Slice(graph.Cast(graph.Squeeze(size, 0), OnnxType.Int64), 0, 1, 2);
        var rows = graph.Reshape(graph.Cast(bytes, OnnxType.Float), graph.Concat(0, graph.Constant(values: [1]), height, graph.Constant(-1, 3L)));
        return graph.Transpose(rows, 0, 3, 1, 2);
    }

    private static GraphValue Colours(GraphBuilder graph, GraphValue image, OnnxColours colours) =>
        colours == OnnxColours.RedFirst ? image : graph.Gather(image, graph.Constant(2, 1, 0L), 1);
}
