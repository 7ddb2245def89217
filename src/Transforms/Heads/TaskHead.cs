using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Heads;

/// <summary>Something that scoring gives, by the name of the graph's output.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value, rows first.</param>
/// <param name="Dims">The sizes of a row.</param>
internal sealed record TaskOutput<T>(string Name, T Value, params Dim[] Dims)
    where T : class;

/// <summary>What a task puts on a model's states: logits, which are trained, and what scoring makes of them. One file a head.</summary>
internal abstract record TaskHead
{
    /// <summary>What most heads call their output.</summary>
    public const string Score = "Score";

    /// <summary>Texts of a row.</summary>
    public virtual int Texts => 1;

    /// <summary>Texts of a row that is scored, where these are fewer than are trained on.</summary>
    public virtual int ScoredTexts => Texts;

    /// <summary>Images of a row.</summary>
    public virtual int Images => 1;

    /// <summary>The number of the task in the reference, for models that are told it.</summary>
    public virtual int TaskId => 0;

    /// <summary>Whether a model that has an answer slot is to read it; see <see cref="ModelInputs{T}.AnswerSlot"/>.</summary>
    public virtual bool ReadsSlot => false;

    /// <summary>Whether the joint vector is all it reads, so that the model's last layers need not compute the other states.</summary>
    public virtual bool ReadsJointOnly => false;

    /// <summary>Whether it is one of pre-training's, and so reads the trunk under the names that the model has there.</summary>
    public virtual bool IsPretraining => false;

    /// <summary>The last linear, which tells the number of classes, with that number; null where no list of names decides it.</summary>
    public virtual (string Output, int Classes)? Classes => null;

    /// <summary>The head with another number of <see cref="Classes"/>.</summary>
    public virtual TaskHead WithClasses(int classes) => this;

    /// <summary>What it reads of the model.</summary>
    public virtual ModelStates<T> States<T>(
        IRegionEngine<T> engine, VisionLanguageModel model, ModelInputs<T> inputs, Recorder<T>? record)
        where T : class => model.Build(engine, inputs, record);

    /// <summary>What is trained, of the states of every part: row = question × parts + part.</summary>
    public abstract T Logits<T>(IEngine<T> engine, VisionLanguageModel model, ModelStates<T> states)
        where T : class;

    /// <summary>What scoring gives.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="logits">What <see cref="Logits"/> gave.</param>
    /// <param name="inputs">The inputs of every part.</param>
    public abstract IEnumerable<TaskOutput<T>> Outputs<T>(IEngine<T> engine, T logits, ModelInputs<T> inputs)
        where T : class;
}
