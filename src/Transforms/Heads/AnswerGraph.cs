using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Heads;

/// <summary>
/// Visual question answering as one ONNX graph, from the pipeline's columns to answer probabilities. Locations, the global region and
/// the masks are made inside, so that any scorer that can fill the columns can run it.
/// </summary>
internal static class AnswerGraph
{
    public const string Score = "Score";

    /// <summary>Writes the graph.</summary>
    /// <param name="network">The model, the classifier and the number of answers.</param>
    /// <param name="weights">Parameters under the model's names; read when the graph is written.</param>
    /// <param name="prefix">Put before the names of inputs and output, for columns that must not meet a user's.</param>
    /// <returns>
    /// A graph with inputs InputIds, AttentionMask, TokenTypeIds Int64 [B, S], RegionFeatures [B, N, D], RegionBoxes [B, N, 4] (pixels; x1
    /// of padding is -2), ImageSize [B, 2] (pixels) and output Score [B, answers], sigmoid probabilities.
    /// </returns>
    /// <exception cref="ArgumentException">The classifier gives another number of scores.</exception>
    /// <exception cref="InvalidDataException">A parameter is missing or has another shape than the architecture asks for.</exception>
    public static GraphBuilder Create(AnswerNetwork network, IParameterSource weights, string prefix = "")
    {
        var bias = network.Classifier.Layers.Output + ".bias";
        if (weights.Contains(bias) && weights.ShapeOf(bias) is [var scores] && scores != network.Answers)
        {
            throw new ArgumentException(
                $"The list has {network.Answers} answers; the classifier '{network.Classifier.Name}' gives {scores} scores.",
                nameof(network));
        }

        network.Parameters().Require(weights);
        var graph = new GraphBuilder(network.Model.Title);
        var columns = new InputColumns(network.Model.Title, StandardColumns.TextAndImage([], network.Model.Limits));
        var inputs = columns.AddInputs(graph, prefix);
        var logits = network.Logits(
            new GraphEngine(graph, weights),
            ModelInputs<GraphValue>.Of(column => inputs[columns.Place(column)]));
        graph.Output(prefix + Score, graph.Sigmoid(logits), "B", network.Answers);
        return graph;
    }
}
