using Microsoft.ML;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Tasks.Choosing;

/// <summary>Multiple choice: which of a row's texts suits its image best.</summary>
internal sealed record ChoiceSettings : NamedTaskSettings<ChoiceSettings, MultipleChoiceTransformer>
{
    /// <summary>What saved models and messages call the task.</summary>
    public const string Kind = "MultipleChoice";

    /// <summary>VCR's choices.</summary>
    public static IReadOnlyList<string> References { get; } = ["0", "1", "2", "3"];

    /// <summary>What the choices are called, and what the names of each one's columns end with.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    internal override string TaskName => Kind;

    internal override IReadOnlyList<string> Names => Choices;

    internal override IReadOnlyList<string> TextEndings => Choices;

    private protected override string NameTitle => "Choice";

    internal override TaskHead CreateHead() =>
        new ClassifierHead(Model.ClassifierFor(ClassifierUse.Choices), Choices.Count) { NamesAreTexts = true };

    private protected override MultipleChoiceTransformer Open(MLContext mlContext, OnnxModelFolder model) => new(mlContext, this, model);
}
