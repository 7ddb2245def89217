using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Tasks.Captioning;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of <see cref="ImageCaptioningTrainer"/>. The defaults are the reference's for COCO's captions (FIBER, maximum likelihood). Rows are an
/// image and a text that describes it; there is no label.
/// </summary>
public sealed class ImageCaptioningOptions : TaskTrainerOptions
{
    /// <summary>Makes options with the defaults.</summary>
    public ImageCaptioningOptions() =>
        (Model, Epochs, BatchSize, LearningRate, HeadLearningRate) = (FiberConfig.Base, 10, 512, 5e-5, 2.5e-4);

    /// <summary>The vocabulary that the texts' tokens are of; needed, as the trained transformer writes texts.</summary>
    [JsonIgnore]
    public TextVocabulary? Vocabulary { get; set; }

    /// <summary>How many beginnings of a caption the trained transformer keeps at each word; 1 takes the likeliest word each time.</summary>
    public int Beams { get; set; } = 5;

    /// <summary>The longest caption that it writes, in tokens.</summary>
    public int MaxLength { get; set; } = 20;

    /// <summary>What captions are learnt by; the reference's rates are 1e-5 for GOLD and 1e-6 for CIDEr-D.</summary>
    public CaptionLoss Loss { get; set; }

    /// <summary>Batches after which the frozen copy of <see cref="CaptionLoss.OffPolicy"/> becomes the model again.</summary>
    public int FrozenBatches { get; set; } = 1000;

    /// <summary>Captions of each image that <see cref="CaptionLoss.Cider"/> has written by chance.</summary>
    public int Samples { get; set; } = 5;

    /// <summary>The share, 0..1, of CIDEr-D in the loss of <see cref="CaptionLoss.Cider"/>; the rest is the likelihood's.</summary>
    public double CiderWeight { get; set; } = 0.7;

    /// <summary>What the CIDEr-D of written captions is compared with.</summary>
    public CaptionBaseline Baseline { get; set; }

    /// <summary>Output column: the caption.</summary>
    public string CaptionColumnName { get; set; } = "Caption";

    /// <inheritdoc cref="TrainerOptions.Scratch"/>
    public static ImageCaptioningOptions FromScratch(VisionLanguageModel? model = null, int epochs = 20) =>
        Scratch<ImageCaptioningOptions>(model ?? FiberConfig.Tiny, epochs);

    internal CaptionSettings ToSettings() => Shared<CaptionSettings>() with
    {
        CaptionColumnName = CaptionColumnName,
        Words = CaptionVocabulary.Of(Vocabulary!),
        Beams = Beams,
        MaxLength = MaxLength,
    };

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> LabelColumns() =>
        [(nameof(CaptionColumnName), CaptionColumnName, false)];

    private protected override void ValidateTask()
    {
        if (Vocabulary is null) throw Fail(nameof(Vocabulary), "it is null; the vocabulary of the texts' tokens is expected");
        AtLeast(nameof(Beams), Beams, 1);
        AtLeast(nameof(MaxLength), MaxLength, 1);
        Defined(nameof(Loss), Loss);
        Defined(nameof(Baseline), Baseline);
        AtLeast(nameof(FrozenBatches), FrozenBatches, 1);
        AtLeast(nameof(Samples), Samples, Loss == CaptionLoss.Cider && Baseline == CaptionBaseline.OtherSamples ? 2 : 1);
        if (!(CiderWeight is >= 0 and <= 1)) throw Fail(nameof(CiderWeight), $"{CiderWeight} is not in [0, 1]");
    }
}
