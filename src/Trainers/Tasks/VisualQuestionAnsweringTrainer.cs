using Microsoft.ML;
using MLNet.VisionLanguage.Scoring;
using MLNet.VisionLanguage.Tasks;

namespace MLNet.VisionLanguage;

/// <summary>
/// Fine-tunes a vision-and-language model to answer questions about images (Lu et al. 2019; vilbert/task_utils.py and train_tasks.py):
/// soft-target binary cross entropy over a fixed list of answers. Training runs on libtorch, the trained transformer scores with ONNX
/// Runtime.
/// </summary>
public sealed class VisualQuestionAnsweringTrainer : TaskTrainer<VisualQuestionAnsweringTransformer>
{
    private readonly VisualQuestionAnsweringOptions _options;

    internal VisualQuestionAnsweringTrainer(MLContext context, VisualQuestionAnsweringOptions options)
        : base(context, options) => _options = options;

    private protected override VisualQuestionAnsweringTransformer Train(IDataView input, IDataView? validation) =>
        Run(_options, options => new AnsweringTask(options), input, validation);

    // A shape tells kinds, not sizes, so any number of answers does.
    private protected override ScoringTask Scoring() => _options.ToSettings([""]).ToTask();
}
