using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
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

    /// <summary>Trains as <c>Fit</c> does.</summary>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows, or null.</param>
    /// <param name="finish">What to make of the trained weights, which are disposed afterwards, and of the answers.</param>
    /// <param name="rehearse">Tries that with untrained weights and one row, before the first epoch.</param>
    internal T Train<T>(
        IDataView input, IDataView? validation, Func<ModelParameters, string[], T> finish,
        Action<ModelParameters, string[], ColumnBatch>? rehearse = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        var options = For(input);
        var task = new AnsweringTask(options);
        return Run(
            options, task, input, validation,
            parameters => finish(parameters, [.. task.Answers]),
            rehearse is null ? null : (parameters, row) => rehearse(parameters, [.. task.Answers], row));
    }

    private protected override VisualQuestionAnsweringTransformer Train(IDataView input, IDataView? validation)
    {
        var options = For(input);
        return Run(options, new AnsweringTask(options), input, validation);
    }

    private VisualQuestionAnsweringOptions For(IDataView input) => (VisualQuestionAnsweringOptions)_options.For(input);

    // A shape tells kinds, not sizes, so any number of answers does.
    private protected override ScoringTask Scoring() => _options.ToSettings([""]).ToTask();
}
