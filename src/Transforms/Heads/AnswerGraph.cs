using MLNet.VisionLanguage.Architectures;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Encoding;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Heads;

/// <summary>
/// Visual question answering as one ONNX graph, from the pipeline's columns to answer probabilities. Locations, the global region and
/// the masks are made inside, so that any scorer that can fill the columns can run it.
/// </summary>
internal static class AnswerGraph
{
    public const string InputIds = "InputIds";
    public const string AttentionMask = "AttentionMask";
    public const string TokenTypeIds = "TokenTypeIds";
    public const string RegionFeatures = "RegionFeatures";
    public const string RegionBoxes = "RegionBoxes";
    public const string ImageSize = "ImageSize";
    public const string Score = "Score";

    /// <summary>The classifiers of the reference that answer questions, with the number of their task.</summary>
    public static (string Name, int Task) VqaHead { get; } = ("vil_prediction", 1);

    /// <inheritdoc cref="VqaHead"/>
    public static (string Name, int Task) GqaHead { get; } = ("vil_prediction_gqa", 15);

    /// <summary>ViLBERT with one of its answer classifiers.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="weights">Parameters under the reference's names (trunk below "bert."); read when the graph is written.</param>
    /// <param name="head">The classifier, <see cref="VqaHead"/> or <see cref="GqaHead"/>.</param>
    /// <param name="prefix">Put before the names of inputs and output, for columns that must not meet a user's.</param>
    /// <returns>
    /// A graph with inputs InputIds, AttentionMask, TokenTypeIds Int64 [B, S], RegionFeatures [B, N, D], RegionBoxes [B, N, 4] (pixels; x1
    /// of padding is -2), ImageSize [B, 2] (pixels) and output Score [B, answers], sigmoid probabilities.
    /// </returns>
    /// <exception cref="InvalidDataException">A parameter has another shape than the architecture asks for.</exception>
    public static GraphBuilder ViLbert(ViLbertConfig config, IParameterSource weights, (string Name, int Task) head, string prefix = "")
    {
        var answers = weights.ShapeOf(head.Name + ".logit_fc.3.bias")[0];
        RequireShapes(weights,
        [
            .. ViLbertPlan.Trunk(config),
            .. ViLbertPlan.Classifier(head.Name, config.CoAttentionSize, 2 * config.CoAttentionSize, checked((int)answers)),
        ]);

        var graph = new GraphBuilder("ViLBERT");
        var engine = new GraphEngine(graph, weights);
        var ids = graph.Input(prefix + InputIds, OnnxType.Int64, "B", "S");
        var mask = graph.Input(prefix + AttentionMask, OnnxType.Int64, "B", "S");
        var types = graph.Input(prefix + TokenTypeIds, OnnxType.Int64, "B", "S");
        var features = graph.Input(prefix + RegionFeatures, OnnxType.Float, "B", "N", config.RegionFeatureSize);
        var boxes = graph.Input(prefix + RegionBoxes, OnnxType.Float, "B", "N", 4);
        var size = graph.Input(prefix + ImageSize, OnnxType.Float, "B", 2);

        var regions = ViLbertRegions<GraphValue>.Build(engine, features, boxes, size);
        var task = config.TaskTokens ? graph.Slice(ids, 1, 0, 1) * 0 + head.Task : null;
        var outputs = new ViLbertModel<GraphValue>(engine, config)
            .Run(new(ids, types, mask, regions.Features, regions.Locations, regions.Mask, task));
        var heads = new ViLbertHeads<GraphValue>(engine, config);
        var logits = heads.Classify(heads.Fuse(outputs), head.Name);
        graph.Output(prefix + Score, engine.Activate(logits, Activation.Sigmoid), "B", answers);
        return graph;
    }

    private static void RequireShapes(IParameterSource weights, IEnumerable<ParameterSpec> specs)
    {
        foreach (var spec in specs)
        {
            if (!weights.Contains(spec.Name))
                continue; // an unused one; a missing one that is used makes itself known by name when it is asked for
            var found = weights.ShapeOf(spec.Name);
            if (!found.SequenceEqual(spec.Shape))
            {
                throw new InvalidDataException(
                    $"Parameter '{spec.Name}' is [{string.Join(", ", found)}]; the architecture asks for [{string.Join(", ", spec.Shape)}].");
            }
        }
    }
}
