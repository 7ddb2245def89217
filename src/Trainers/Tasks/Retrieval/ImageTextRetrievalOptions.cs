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

    /// <summary>
    /// The hard negative: with a number here, the second caption that a training pair is told from is one of so many images that are most like
    /// the pair's own, by the Euclidean distance of the means of their region features. ViLBERT's reference draws from 99, of a list made before
    /// (retreival_dataset.py); this trainer finds them among the training images itself, when the first batch is laid out. 0, the default, takes
    /// a caption of any other image, as is always done for validation.
    /// </summary>
    public int NearestImages { get; set; }

    /// <inheritdoc cref="TrainerOptions.Scratch"/>
    public static ImageTextRetrievalOptions FromScratch(VisionLanguageModel? model = null, int epochs = 20) =>
        Scratch<ImageTextRetrievalOptions>(model, epochs);

    internal RetrievalSettings ToSettings() => Shared<RetrievalSettings>();

    internal RetrievalTask ToTask() => new(ToSettings(), NearestImages);

    internal override JointMember Join() => new JointMember<bool, RetrievalSettings, ImageTextRetrievalTransformer>(ToTask());

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> LabelColumns() => [];

    private protected override void ValidateTask()
    {
        if (NearestImages < 0) throw Fail(nameof(NearestImages), $"it is {NearestImages}; 0 or more is needed");
    }
}
