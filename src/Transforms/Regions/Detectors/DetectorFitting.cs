using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Regions;

/// <summary>How an image of any size lies in the one that a detector sees; nodes of a graph, Float lists of one value.</summary>
/// <param name="Width">Pixels of it across, whole.</param>
/// <param name="Height">Pixels of it down.</param>
/// <param name="Left">Where it begins.</param>
/// <param name="Top">Where it begins.</param>
internal sealed record DetectorFitting(GraphValue Width, GraphValue Height, GraphValue Left, GraphValue Top)
{
    /// <param name="graph">The graph.</param>
    /// <param name="fit">How.</param>
    /// <param name="size">Width and height of the image, Float [1, 2].</param>
    /// <param name="width">Pixels across of what the detector sees.</param>
    /// <param name="height">Pixels down.</param>
    public static DetectorFitting Create(GraphBuilder graph, OnnxFit fit, GraphValue size, int width, int height)
    {
        GraphValue across = graph.Constant([(float)width], 1), down = graph.Constant([(float)height], 1), zero = graph.Constant([0f], 1);
        if (fit == OnnxFit.Stretch) return new(across, down, zero, zero);
        var given = graph.Squeeze(size, 0);
        GraphValue ownWidth = graph.Slice(given, 0, 0, 1), ownHeight = graph.Slice(given, 0, 1, 2);
        var growth = graph.Min(across / ownWidth, down / ownHeight);
        GraphValue fittedWidth = Rounded(ownWidth, across), fittedHeight = Rounded(ownHeight, down);
        return fit == OnnxFit.LetterboxTopLeft
            ? new(fittedWidth, fittedHeight, zero, zero)
            : new(fittedWidth, fittedHeight, graph.Floor((across - fittedWidth) / 2), graph.Floor((down - fittedHeight) / 2));

        GraphValue Rounded(GraphValue side, GraphValue most) => graph.Max(graph.Min(graph.Floor(side * growth + 0.5), most), graph.Constant([1f], 1));
    }
}
