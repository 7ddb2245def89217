using Microsoft.ML;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage;

/// <summary>
/// Trains a vision-and-language model to tell whether a text about two images is true (NLVR2, Suhr et al. 2019): the joint vectors of the
/// text with each image stand side by side (Tan and Bansal 2019, src/tasks/nlvr2_model.py; vilbert/vilbert.py, vil_binary_prediction).
/// ViLBERT's classes are trained each by itself with binary cross entropy, LXMERT's with cross entropy, as their references do; VL-BERT, whose
/// reference has no such task, with cross entropy. Training runs on libtorch, the trained transformer scores with ONNX Runtime.
/// </summary>
public sealed class VisualReasoningTrainer : TaskTrainer<VisualReasoningTransformer>
{
    private readonly VisualReasoningOptions _options;

    internal VisualReasoningTrainer(MLContext context, VisualReasoningOptions options)
        : base(context, options) => _options = options;

    private protected override VisualReasoningTransformer Train(IDataView input, IDataView? validation) =>
        Run(_options, options => options.ToTask(), input, validation);

    private protected override ScoringTask Scoring() => _options.ToSettings().ToTask();
}
