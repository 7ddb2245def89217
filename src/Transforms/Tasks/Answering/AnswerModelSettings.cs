using Microsoft.ML;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Tasks.Answering;

/// <summary>Question answering: one of a list of answers about a text and an image.</summary>
internal sealed record AnswerModelSettings : NamedTaskSettings<AnswerModelSettings, VisualQuestionAnsweringTransformer>
{
    /// <summary>What saved models and messages call the task.</summary>
    public const string Kind = "VisualQuestionAnswering";

    /// <summary>The classifier by its name in the reference, such as ViLBERT's vil_prediction.</summary>
    public string Head { get; init; } = "vil_prediction";

    /// <summary>The answers, in the order of the classifier's outputs.</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    internal override string TaskName => Kind;

    internal override IReadOnlyList<string> Names => Answers;

    private protected override string NameTitle => "Answer";

    internal override TaskHead CreateHead() => new ClassifierHead(Model.FindAnswerClassifier(Head), Answers.Count);

    private protected override VisualQuestionAnsweringTransformer Open(MLContext mlContext, OnnxModelFolder model) => new(mlContext, this, model);
}
