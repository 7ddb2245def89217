using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Heads;

/// <summary>
/// Which region a text means. Trained are logits of the row's regions and, after them, of what stands for the whole image, as the references
/// train it; scored are the row's regions alone.
/// </summary>
/// <param name="Classifier">The classifier.</param>
internal sealed record RegionHead(RegionClassifier Classifier) : TaskHead
{
    /// <summary>The output that has the row's boxes, [B, N × 4] pixels.</summary>
    public const string Boxes = "Boxes";

    public override int TaskId => Classifier.TaskId;

    public override T Logits<T>(IEngine<T> engine, VisionLanguageModel model, ModelStates<T> states)
    {
        var logits = Classifier.Suit(engine, states);
        var first = states.FirstRegion;
        return first == 0 ? logits : engine.Concat(1, engine.Slice(logits, 1, first, null), engine.Slice(logits, 1, 0, first));
    }

    public override IEnumerable<TaskOutput<T>> Outputs<T>(IEngine<T> engine, T logits, ModelInputs<T> inputs)
    {
        var own = engine.Take(logits, 1, engine.Length(inputs.RegionBoxes, 1));
        return
        [
            new(Score, engine.Activate(own, Activation.Sigmoid), "N"),
            new(Boxes, engine.Reshape(inputs.RegionBoxes, 0, -1), "V"),
        ];
    }

    public override string ToString() => $"the classifier of regions {Classifier.Name}";
}
