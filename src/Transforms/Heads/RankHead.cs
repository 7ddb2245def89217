using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Heads;

/// <summary>How well a row's text and image suit each other: a logit, which is only compared with those of other pairs.</summary>
/// <param name="Classifier">The classifier.</param>
internal sealed record RankHead(TaskClassifier Classifier) : TaskHead
{
    public override int TaskId => Classifier.TaskId;

    public override bool ReadsSlot => Classifier.ReadsSlot;

    public override bool ReadsJointOnly => true;

    public override T Logits<T>(IEngine<T> engine, VisionLanguageModel model, ModelStates<T> states) =>
        Classifier.Rank(engine, states.Joint, 1);

    public override IEnumerable<TaskOutput<T>> Outputs<T>(IEngine<T> engine, T logits, ModelInputs<T> inputs) => [new(Score, logits, 1)];

    public override string ToString() => $"the classifier {Classifier.Name}";
}
