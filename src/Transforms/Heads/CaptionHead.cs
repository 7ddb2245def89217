using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Heads;

/// <summary>
/// A caption of the image. Trained are the logits of the next word at every place of a text; scored is an image alone, for which the graph
/// writes a caption.
/// </summary>
/// <param name="Search">How captions are looked for.</param>
internal sealed record CaptionHead(CaptionSearch Search) : TaskHead
{
    /// <summary>The output that has the caption's tokens, padded, as floats [B, steps].</summary>
    public const string Tokens = "Tokens";

    public override int ScoredTexts => 0;

    public override ModelStates<T> States<T>(
        IRegionEngine<T> engine, VisionLanguageModel model, ModelInputs<T> inputs, Recorder<T>? record) => model.Describe(engine, inputs);

    public override T Logits<T>(IEngine<T> engine, VisionLanguageModel model, ModelStates<T> states) => model.PredictWords(engine, states);

    public override IEnumerable<TaskOutput<T>> Outputs<T>(IEngine<T> engine, T logits, ModelInputs<T> inputs) =>
        throw new NotSupportedException("Captions are written by the scoring graph.");

    /// <summary>What scoring gives of images.</summary>
    /// <param name="graph">The graph under construction.</param>
    /// <param name="engine">The engine that adds to it.</param>
    /// <param name="model">The model.</param>
    /// <param name="pixels">[B, 3 · side · side].</param>
    public IEnumerable<TaskOutput<GraphValue>> Write(GraphBuilder graph, GraphEngine engine, VisionLanguageModel model, GraphValue pixels)
    {
        var (tokens, scores) = Search.Run(graph, model.VocabularySize, model.Write(engine, pixels));
        yield return new(Tokens, graph.Cast(tokens, OnnxType.Float), Search.Steps);
        yield return new(Score, graph.Unsqueeze(scores, 1), 1);
    }

    public override string ToString() => "the writing of captions";
}
