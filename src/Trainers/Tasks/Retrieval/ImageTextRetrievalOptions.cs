using MLNet.VisionLanguage.Tasks.Retrieval;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of <see cref="ImageTextRetrievalTrainer"/>. The defaults are the reference's for COCO's and Flickr30k's captions (vilbert_tasks.yml,
/// TASK7 and TASK8; train_tasks.py). Rows are pairs that belong together; there is no label.
/// </summary>
public sealed class ImageTextRetrievalOptions : TaskTrainerOptions
{
    /// <summary>Makes options with the defaults.</summary>
    public ImageTextRetrievalOptions() => (BatchSize, LearningRate) = (128, 2e-5);

    /// <inheritdoc cref="VisualQuestionAnsweringOptions.FromScratch"/>
    public static ImageTextRetrievalOptions FromScratch(VisionLanguageModel? model = null, int epochs = 20) =>
        Scratch<ImageTextRetrievalOptions>(model, epochs);

    internal RetrievalSettings ToSettings() => Shared<RetrievalSettings>();

    internal override JointMember Join() => new JointMember<bool, RetrievalSettings, ImageTextRetrievalTransformer>(new RetrievalTask(ToSettings()));

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> LabelColumns() => [];

    private protected override void ValidateTask()
    {
    }
}
