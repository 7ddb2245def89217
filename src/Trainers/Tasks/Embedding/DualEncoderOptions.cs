using MLNet.VisionLanguage.Tasks.Embedding;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of <see cref="DualEncoderTrainer"/>. The defaults are the reference's for COCO's and Flickr30k's captions (FIBER, retrieval without
/// fusion). Rows are pairs that belong together; there is no label.
/// </summary>
public sealed class DualEncoderOptions : TaskTrainerOptions
{
    /// <summary>Makes options with the defaults.</summary>
    public DualEncoderOptions()
    {
        (Model, Epochs, BatchSize, LearningRate, HeadLearningRate, CrossLearningRate) = (FiberConfig.Base, 10, 1024, 2e-5, null, 1e-4);
        (Beta2, Epsilon, CorrectBias) = (0.98, 1e-8, true);
    }

    /// <summary>
    /// How many earlier images and texts a batch is compared with besides its own, 0 for none. What a small batch lacks to be told from comes from
    /// there, as it was under the weights of then. The reference takes 4096.
    /// </summary>
    public int QueueSize { get; set; }

    /// <summary>
    /// Whether the queue begins full of random vectors that are compared with as well, as the reference's does, in place of being empty.
    /// </summary>
    public bool QueueStartsFull { get; set; }

    /// <summary>Output column: the images' embeddings.</summary>
    public string ImageEmbeddingColumnName { get; set; } = "ImageEmbedding";

    /// <summary>Output column: the texts' embeddings.</summary>
    public string TextEmbeddingColumnName { get; set; } = "TextEmbedding";

    /// <inheritdoc cref="TrainerOptions.Scratch"/>
    public static DualEncoderOptions FromScratch(VisionLanguageModel? model = null, int epochs = 20) =>
        Scratch<DualEncoderOptions>(model ?? FiberConfig.Tiny, epochs);

    internal DualEncoderSettings ToSettings() => Shared<DualEncoderSettings>() with
    {
        ImageEmbeddingColumnName = ImageEmbeddingColumnName,
        TextEmbeddingColumnName = TextEmbeddingColumnName,
    };

    internal DualEncoderTask ToTask() => new(ToSettings(), QueueSize, QueueStartsFull);

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> LabelColumns() =>
    [
        (nameof(ImageEmbeddingColumnName), ImageEmbeddingColumnName, false), (nameof(TextEmbeddingColumnName), TextEmbeddingColumnName, false),
    ];

    private protected override void ValidateTask()
    {
        if (Model.EmbeddingSize == 0) throw Fail(nameof(Model), Model.EncodesNothing);
        AtLeast(nameof(QueueSize), QueueSize, 0);
        if (QueueStartsFull && QueueSize == 0) throw Fail(nameof(QueueStartsFull), $"{nameof(QueueSize)} is 0: there is no queue");
    }
}
