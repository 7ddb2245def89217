using Microsoft.ML;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Tasks.Reasoning;

/// <summary>Visual reasoning: whether a text about several images is true.</summary>
internal sealed record ReasoningSettings : NamedTaskSettings<ReasoningSettings, VisualReasoningTransformer>
{
    /// <summary>What saved models and messages call the task.</summary>
    public const string Kind = "VisualReasoning";

    /// <summary>The classes, in the order of the references' outputs.</summary>
    public static IReadOnlyList<string> Classes { get; } = [bool.FalseString, bool.TrueString];

    /// <summary>The images of the references, which have two.</summary>
    public static IReadOnlyList<string> References { get; } = ["Left", "Right"];

    /// <summary>What the names of each image's columns end with.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    internal override string TaskName => Kind;

    internal override IReadOnlyList<string> Names => Classes;

    internal override IReadOnlyList<string> ImageEndings => Images;

    private protected override string NameTitle => "Class";

    internal override TaskHead CreateHead() =>
        new ClassifierHead(Model.ClassifierFor(ClassifierUse.Pairs), Classes.Count) { ImageCount = Images.Count };

    private protected override void ValidateTask()
    {
        if (NameList.Problem(Images, "Image") is { } problem) throw new ArgumentException(problem);
        base.ValidateTask();
    }

    private protected override VisualReasoningTransformer Open(MLContext mlContext, OnnxModelFolder model) => new(mlContext, this, model);
}
