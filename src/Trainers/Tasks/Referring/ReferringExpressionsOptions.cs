using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Tasks.Referring;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of <see cref="ReferringExpressionsTrainer"/>. The defaults are the reference's for RefCOCO (vilbert_tasks.yml, TASK9; train_tasks.py).
/// </summary>
public sealed class ReferringExpressionsOptions : TaskTrainerOptions
{
    /// <summary>Makes options with the defaults.</summary>
    public ReferringExpressionsOptions() => (BatchSize, LearningRate) = (256, 2e-5);

    /// <inheritdoc cref="TrainerOptions.Scratch"/>
    public static ReferringExpressionsOptions FromScratch(VisionLanguageModel? model = null, int epochs = 20) =>
        Scratch<ReferringExpressionsOptions>(model, epochs);

    /// <summary>
    /// Label column: the box that is meant, as the readers of referring expressions have it, Vector&lt;Single&gt; of pixels x1 y1 x2 y2; where
    /// it has several boxes, any of them is right.
    /// </summary>
    public string BoxesColumnName { get; set; } = "Boxes";

    /// <summary>Output column: the box of the region with the largest score, Vector&lt;Single, 4&gt;, pixels x1 y1 x2 y2.</summary>
    public string PredictedBoxColumnName { get; set; } = "PredictedBox";

    internal ReferringSettings ToSettings() => Shared<ReferringSettings>() with { PredictedBoxColumnName = PredictedBoxColumnName };

    internal override JointMember Join() =>
        new JointMember<BoxLabel, ReferringSettings, ReferringExpressionsTransformer>(new ReferringTask(this));

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> LabelColumns() =>
        [(nameof(BoxesColumnName), BoxesColumnName, false)];

    private protected override (string Option, string? Column, bool IsOptional)? PredictionColumn =>
        (nameof(PredictedBoxColumnName), PredictedBoxColumnName, false);

    private protected override void ValidateTask()
    {
    }
}
