using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tasks.Entailment;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of <see cref="VisualEntailmentTrainer"/>. The defaults are the reference's for SNLI-VE (vilbert_tasks.yml, TASK13; train_tasks.py).
/// </summary>
public sealed class VisualEntailmentOptions : LabelTrainerOptions
{
    /// <summary>Makes options with the defaults.</summary>
    public VisualEntailmentOptions() => (BatchSize, LearningRate) = (256, 2e-5);

    /// <inheritdoc cref="TrainerOptions.Scratch"/>
    public static VisualEntailmentOptions FromScratch(VisionLanguageModel? model = null, int epochs = 20) =>
        Scratch<VisualEntailmentOptions>(model, epochs);

    /// <summary>The classes, in the order of the classifier's outputs; the reference's are contradiction, neutral and entailment.</summary>
    public IReadOnlyList<string> Classes { get; set; } = EntailmentSettings.References;

    /// <summary>Label column: the row's class, Text, a key with texts as KeyValues, or a number that counts the classes from 0.</summary>
    public string LabelColumnName { get; set; } = "Label";

    internal EntailmentSettings ToSettings() => Shared<EntailmentSettings>() with
    {
        Classes = [.. Classes],
        PredictedLabelColumnName = PredictedLabelColumnName,
    };

    internal NamedTask<EntailmentSettings> ToTask() => new(ToSettings(), Classes, LabelColumnName, nameof(VisualEntailmentTrainer));

    internal override JointMember Join() => new JointMember<NameLabel, EntailmentSettings, VisualEntailmentTransformer>(ToTask());

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> LabelColumns() =>
        [(nameof(LabelColumnName), LabelColumnName, false)];

    private protected override void ValidateTask() => CheckNames(nameof(Classes), Classes);
}
