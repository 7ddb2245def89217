using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Heads;

/// <summary>
/// A task as one ONNX graph, from the pipeline's columns to what scoring gives. Locations, the global region and the masks are made inside,
/// so that any scorer that can fill the columns can run it.
/// </summary>
internal static class TaskGraph
{
    /// <summary>Writes the graph.</summary>
    /// <param name="network">The model and the head.</param>
    /// <param name="weights">Parameters under the model's names; read when the graph is written.</param>
    /// <param name="prefix">Put before the names of inputs and outputs, for columns that must not meet a user's.</param>
    /// <returns>
    /// A graph with inputs InputIds, AttentionMask, TokenTypeIds and perhaps RegionTags Int64 [B, S], RegionFeatures [B, N, D], RegionBoxes
    /// [B, N, 4] (pixels; x1 of padding is -2), ImageSize [B, 2] (pixels), each with .0, .1 and so on where a row has several texts or
    /// images, and the head's outputs.
    /// </returns>
    /// <exception cref="ArgumentException">The classifier gives another number of scores than there are names.</exception>
    /// <exception cref="InvalidDataException">A parameter is missing or has another shape than the architecture asks for.</exception>
    public static GraphBuilder Create(TaskNetwork network, IParameterSource weights, string prefix = "")
    {
        if (network.Head.Classes is var (output, classes) && output + ".bias" is var bias && weights.Contains(bias)
            && weights.ShapeOf(bias) is [var scores] && scores != classes)
        {
            throw new ArgumentException($"The list has {classes} answers; {network.Head} gives {scores} scores.", nameof(network));
        }

        network.Parameters().Require(weights);
        var (model, head) = (network.Model, network.Head);
        var graph = new GraphBuilder(model.Title);
        var names = new ColumnNames();
        if (network.ReadsTags) names[StandardColumns.RegionTags] = StandardColumns.RegionTags.Name;
        var columns = new InputColumns(model.Title, StandardColumns.TextsAndImages(names, model.Limits, Parts(head.ScoredTexts), Parts(head.Images)));
        var values = columns.AddInputs(graph, prefix);
        var engine = new GraphEngine(graph, weights);
        var outputs = head is CaptionHead captions
            ? captions.Write(graph, engine, model, values[columns.Place(StandardColumns.PixelValues)])
            : network.Outputs(engine, network.Inputs(engine, (column, number) => values[columns.Place(column, number)]));
        foreach (var (name, value, dims) in outputs)
            graph.Output(prefix + name, value, ["B", .. dims]);
        return graph;

        // The graph numbers them itself.
        static string[] Parts(int count) => [.. Enumerable.Repeat("", count)];
    }
}
