using Microsoft.ML;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage;

/// <summary>
/// Trains a vision-and-language model to tell whether an image entails a text, contradicts it or says nothing about it (SNLI-VE, Xie et al.
/// 2019; Lu et al. 2020, vilbert/task_utils.py, VL-tri-classifier). ViLBERT's classes are trained each by itself with binary cross entropy,
/// as its reference does; those of models whose references have no such task with cross entropy. Training runs on libtorch, the trained
/// transformer scores with ONNX Runtime.
/// </summary>
public sealed class VisualEntailmentTrainer : TaskTrainer<VisualEntailmentTransformer>
{
    private readonly VisualEntailmentOptions _options;

    internal VisualEntailmentTrainer(MLContext context, VisualEntailmentOptions options)
        : base(context, options) => _options = options;

    private protected override VisualEntailmentTransformer Train(IDataView input, IDataView? validation) =>
        Run(_options, options => options.ToTask(), input, validation);

    private protected override ScoringTask Scoring() => _options.ToSettings().ToTask();
}
