using Microsoft.ML;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Tasks.Entailment;

/// <summary>Visual entailment: one of a few classes about a text and an image.</summary>
internal sealed record EntailmentSettings : NamedTaskSettings<EntailmentSettings, VisualEntailmentTransformer>
{
    /// <summary>What saved models and messages call the task.</summary>
    public const string Kind = "VisualEntailment";

    /// <summary>ViLBERT's classes of SNLI-VE in their order.</summary>
    public static IReadOnlyList<string> References { get; } = ["contradiction", "neutral", "entailment"];

    /// <summary>The classes, in the order of the classifier's outputs.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    internal override string TaskName => Kind;

    internal override IReadOnlyList<string> Names => Classes;

    private protected override string NameTitle => "Class";

    internal override TaskHead CreateHead() => new ClassifierHead(Model.ClassifierFor(ClassifierUse.Entailment), Classes.Count);

    private protected override VisualEntailmentTransformer Open(MLContext mlContext, OnnxModelFolder model) => new(mlContext, this, model);
}
