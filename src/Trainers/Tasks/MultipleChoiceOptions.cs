using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tasks.Choosing;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of <see cref="MultipleChoiceTrainer"/>. The defaults are the reference's for VCR (vilbert_tasks.yml, TASK5; train_tasks.py).
/// </summary>
public sealed class MultipleChoiceOptions : LabelTrainerOptions
{
    /// <summary>Makes options with the defaults.</summary>
    public MultipleChoiceOptions() => (Epochs, BatchSize, LearningRate) = (10, 64, 2e-5);

    /// <inheritdoc cref="TrainerOptions.Scratch"/>
    public static MultipleChoiceOptions FromScratch(VisionLanguageModel? model = null, int epochs = 20) =>
        Scratch<MultipleChoiceOptions>(model, epochs);

    /// <summary>
    /// What the choices are called, and what the names of each one's columns end with, 0 to 3 as VCR's: InputIds0, AttentionMask0,
    /// TokenTypeIds0, InputIds1, ...
    /// </summary>
    public IReadOnlyList<string> Choices { get; set; } = ChoiceSettings.References;

    /// <summary>
    /// Input column: which object each token is about, Vector&lt;Int64&gt; of as many numbers as there are tokens, 0 for the whole image and 1
    /// for the row's first region, as TokenizeText makes it of a text's tags; a number beyond the row's regions is about nothing. For
    /// VL-BERT, whose VCR has it; null for none.
    /// </summary>
    public string? RegionTagsColumnName
    {
        get => Columns.GetValueOrDefault(nameof(StandardColumns.RegionTags));
        set
        {
            if (value is null) Columns.Remove(nameof(StandardColumns.RegionTags));
            else Columns[StandardColumns.RegionTags] = value;
        }
    }

    /// <summary>Label column: the right choice; its name as Text, a key with names as KeyValues, or a number that counts them from 0.</summary>
    public string LabelColumnName { get; set; } = "Label";

    internal override IReadOnlyList<string> TextEndings => Choices;

    internal ChoiceSettings ToSettings() => Shared<ChoiceSettings>() with
    {
        Choices = [.. Choices],
        PredictedLabelColumnName = PredictedLabelColumnName,
    };

    internal NamedTask<ChoiceSettings> ToTask() => new(ToSettings(), Choices, LabelColumnName, nameof(MultipleChoiceTrainer));

    internal override JointMember Join() => new JointMember<NameLabel, ChoiceSettings, MultipleChoiceTransformer>(ToTask());

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> LabelColumns() =>
        [(nameof(LabelColumnName), LabelColumnName, false)];

    private protected override void ValidateTask()
    {
        CheckNames(nameof(Choices), Choices);
        if (RegionTagsColumnName is not null && !Model.ReadsTags)
            throw Fail(nameof(RegionTagsColumnName), $"{Model.Title} is not told which objects its tokens are about");
    }
}
