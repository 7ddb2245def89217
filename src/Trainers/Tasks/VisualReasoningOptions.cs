using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tasks.Reasoning;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of <see cref="VisualReasoningTrainer"/>. The defaults are the reference's for NLVR2 (vilbert_tasks.yml, TASK12; train_tasks.py).
/// </summary>
public sealed class VisualReasoningOptions : LabelTrainerOptions
{
    /// <summary>Makes options with the defaults.</summary>
    public VisualReasoningOptions() => (BatchSize, LearningRate) = (64, 2e-5);

    /// <inheritdoc cref="TrainerOptions.Scratch"/>
    public static VisualReasoningOptions FromScratch(VisionLanguageModel? model = null, int epochs = 20) =>
        Scratch<VisualReasoningOptions>(model, epochs);

    /// <summary>
    /// What the names of each image's columns end with, Left and Right: RegionFeaturesLeft, RegionBoxesLeft, ImageSizeLeft and
    /// RegionFeaturesRight, ... The references have two images.
    /// </summary>
    public IReadOnlyList<string> Images { get; set; } = ReasoningSettings.References;

    /// <summary>Label column: whether the text is true; Boolean, Text False or True, a key with those as KeyValues, or 0 or 1.</summary>
    public string LabelColumnName { get; set; } = "Label";

    internal override IReadOnlyList<string> ImageEndings => Images;

    internal ReasoningSettings ToSettings() => Shared<ReasoningSettings>() with
    {
        Images = [.. Images],
        PredictedLabelColumnName = PredictedLabelColumnName,
    };

    internal NamedTask<ReasoningSettings> ToTask() => new(ToSettings(), ReasoningSettings.Classes, LabelColumnName, nameof(VisualReasoningTrainer));

    internal override JointMember Join() => new JointMember<NameLabel, ReasoningSettings, VisualReasoningTransformer>(ToTask());

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> LabelColumns() =>
        [(nameof(LabelColumnName), LabelColumnName, false)];

    private protected override void ValidateTask() => CheckNames(nameof(Images), Images);
}
