using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Heads;

/// <summary>
/// One of a list of names: a classifier on the joint vector, on those of several images side by side, or on that of each text by itself.
/// Its output is the probability of every name.
/// </summary>
/// <param name="Classifier">The classifier.</param>
/// <param name="Names">How many names there are.</param>
internal sealed record ClassifierHead(TaskClassifier Classifier, int Names) : TaskHead
{
    /// <summary>Whether every name is a text of the row, and the classifier scores each.</summary>
    public bool NamesAreTexts { get; init; }

    /// <summary>Images of a row.</summary>
    public int ImageCount { get; init; } = 1;

    public override int Texts => NamesAreTexts ? Names : 1;

    public override int Images => ImageCount;

    public override int TaskId => Classifier.TaskId;

    public override bool ReadsSlot => Classifier.ReadsSlot;

    public override bool ReadsJointOnly => true;

    public override (string Output, int Classes)? Classes => (Classifier.Layers.Output, NamesAreTexts ? 1 : Names);

    public override TaskHead WithClasses(int classes) => NamesAreTexts ? this : this with { Names = classes };

    public override T Logits<T>(IEngine<T> engine, VisionLanguageModel model, ModelStates<T> states) => NamesAreTexts
        ? Classifier.Rank(engine, states.Joint, Names)
        : Classifier.Join(engine, states.Joint, model.JointSize, ImageCount, Names);

    public override IEnumerable<TaskOutput<T>> Outputs<T>(IEngine<T> engine, T logits, ModelInputs<T> inputs) =>
    [
        new(Score, Classifier.IsExclusive ? engine.Softmax(logits) : engine.Activate(logits, Activation.Sigmoid), Names),
    ];

    public override string ToString() => $"the classifier {Classifier.Name}";
}
