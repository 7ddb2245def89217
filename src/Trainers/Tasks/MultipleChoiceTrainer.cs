using Microsoft.ML;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage;

/// <summary>
/// Trains a vision-and-language model to choose the text that suits an image best, such as the answer to a question (VCR Q→A, Zellers et al.
/// 2019) or the reason for it (QA→R): every choice has a score (vilbert/vilbert.py, vil_logit; VL-BERT's vcr/modules, on the pooled vector
/// where the model has one), trained with cross entropy over a row's choices. Training runs on libtorch, the trained transformer scores with
/// ONNX Runtime.
/// </summary>
public sealed class MultipleChoiceTrainer : TaskTrainer<MultipleChoiceTransformer>
{
    private readonly MultipleChoiceOptions _options;

    internal MultipleChoiceTrainer(MLContext context, MultipleChoiceOptions options)
        : base(context, options) => _options = options;

    private protected override MultipleChoiceTransformer Train(IDataView input, IDataView? validation) =>
        Run(_options, options => options.ToTask(), input, validation);

    private protected override ScoringTask Scoring() => _options.ToSettings().ToTask();
}
