using Microsoft.ML;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage;

/// <summary>
/// Trains a vision-and-language model to tell how well a text and an image suit each other (Lu et al. 2019, caption-based image retrieval).
/// Rows are pairs that belong together. Each time a pair is used it is told from three that do not: its image with a text of another image,
/// another image with its text, and its image with a text once more of another (<see cref="ImageTextRetrievalOptions.NearestImages"/> says whether
/// of one like it); all are drawn anew, repeatably by the seed, from the rows of the same side (training or validation) that differ in image and
/// text. The loss is cross entropy over the four; the score is the share of pairs that come first of their four. The logit is ViLBERT's vil_logit
/// (vilbert/task_utils.py, VL-logit), by how much LXMERT's pre-training head says that they match (cls.seq_relationship), or one of VL-BERT's
/// answer classifier. Training runs on libtorch, the trained transformer scores with ONNX Runtime.
/// </summary>
public sealed class ImageTextRetrievalTrainer : TaskTrainer<ImageTextRetrievalTransformer>
{
    private readonly ImageTextRetrievalOptions _options;

    internal ImageTextRetrievalTrainer(MLContext context, ImageTextRetrievalOptions options)
        : base(context, options) => _options = options;

    private protected override ImageTextRetrievalTransformer Train(IDataView input, IDataView? validation) =>
        Run(_options, options => options.ToTask(), input, validation);

    private protected override ScoringTask Scoring() => _options.ToSettings().ToTask();
}
