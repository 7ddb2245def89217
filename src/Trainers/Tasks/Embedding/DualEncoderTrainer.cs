using Microsoft.ML;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage;

/// <summary>
/// Trains a model to embed text and image each by itself, so that those that belong together are most alike (Dou et al. 2022, retrieval without
/// fusion). Rows are pairs that belong together. Each image of a batch is to be told which of the batch's texts is its own, and each text which
/// image, by the inner product over a learned temperature that stays in 0.001 to 1; a queue may add those of earlier batches
/// (<see cref="DualEncoderOptions.QueueSize"/>). The loss is the mean of both cross entropies, the score the share that come first, the mean of both
/// directions. Pairs of the same image, or of the same text, are not told from each other. So a batch's rows are what is learnt from: large ones
/// teach more, and <see cref="LearningOptions.GradientAccumulation"/> adds none. Training runs on libtorch, the trained transformer scores with ONNX
/// Runtime.
/// </summary>
public sealed class DualEncoderTrainer : TaskTrainer<DualEncoderTransformer>
{
    private readonly DualEncoderOptions _options;

    internal DualEncoderTrainer(MLContext context, DualEncoderOptions options)
        : base(context, options) => _options = options;

    private protected override DualEncoderTransformer Train(IDataView input, IDataView? validation) =>
        Run(_options, options => options.ToTask(), input, validation);

    private protected override ScoringTask Scoring() => _options.ToSettings().ToTask();
}
