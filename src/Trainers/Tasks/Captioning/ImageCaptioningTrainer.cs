using Microsoft.ML;
using MLNet.VisionLanguage.Scoring;
using MLNet.VisionLanguage.Tasks.Captioning;

namespace MLNet.VisionLanguage;

/// <summary>
/// Trains a FIBER to write captions (Dou et al. 2022). Rows are an image (PixelValues) and a text that describes it (InputIds, AttentionMask,
/// TokenTypeIds); an image with several captions is several rows. At each place the next token is to be told from all others: the loss is the
/// mean cross entropy of all tokens of a batch, the score the share of them that come first; <see cref="ImageCaptioningOptions.Loss"/> has GOLD
/// and CIDEr-D instead, where CIDEr-D is the score. Training runs on libtorch, the trained transformer writes with ONNX Runtime and reads images
/// alone.
/// </summary>
public sealed class ImageCaptioningTrainer : TaskTrainer<ImageCaptioningTransformer>
{
    private readonly ImageCaptioningOptions _options;

    internal ImageCaptioningTrainer(MLContext context, ImageCaptioningOptions options)
        : base(context, options) => _options = options;

    private protected override ImageCaptioningTransformer Train(IDataView input, IDataView? validation) =>
        Run(_options, CaptionTask.Of, input, validation);

    private protected override ScoringTask Scoring() => _options.ToSettings().ToTask();
}
