using Microsoft.ML;
using MLNet.VisionLanguage.Scoring;
using MLNet.VisionLanguage.Tasks.Referring;

namespace MLNet.VisionLanguage;

/// <summary>
/// Trains a vision-and-language model to tell which region of an image a text means (RefCOCO, Kazemzadeh et al. 2014; Visual7W and GuessWhat
/// where the row's regions are the boxes to choose from). Each region has a logit, trained with binary cross entropy: ViLBERT's
/// (vilbert/vilbert.py, vision_logit) towards its overlap (intersection over union) with the box that is meant, below one half towards 0,
/// added up over the row's regions and the whole image (vilbert/task_utils.py, V-logit); VL-BERT's (refcoco/modules) towards 1 where the
/// overlap is above one half, averaged over all regions of the batch; LXMERT, whose reference has no such task, as ViLBERT's, with one linear
/// on the states of regions. The score of training and validation is the share of rows whose chosen region overlaps by more than one half.
/// ViLBERT's reference trains with the annotated boxes among the regions and is judged on those of the detector: give the training rows
/// such regions for the same. Training runs on libtorch, the trained transformer scores with ONNX Runtime.
/// </summary>
public sealed class ReferringExpressionsTrainer : TaskTrainer<ReferringExpressionsTransformer>
{
    private readonly ReferringExpressionsOptions _options;

    internal ReferringExpressionsTrainer(MLContext context, ReferringExpressionsOptions options)
        : base(context, options) => _options = options;

    private protected override ReferringExpressionsTransformer Train(IDataView input, IDataView? validation) =>
        Run(_options, options => new ReferringTask(options), input, validation);

    private protected override ScoringTask Scoring() => _options.ToSettings().ToTask();
}
