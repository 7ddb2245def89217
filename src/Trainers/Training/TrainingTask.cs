using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>A task as a training run sees it: what it reads of a row, which parameters it has, and what a batch gives.</summary>
/// <typeparam name="TLabel">What it reads of a row besides the inputs.</typeparam>
internal abstract class TrainingTask<TLabel>
{
    /// <summary>The texts and images of a row.</summary>
    public abstract InputColumns Inputs { get; }

    /// <summary>What else is read.</summary>
    public abstract TrainingLabels<TLabel> Labels { get; }

    /// <summary>Settles what the training rows decide, such as the list of answers, before anything else is asked for.</summary>
    /// <exception cref="InvalidDataException">Nothing can be learnt from the rows.</exception>
    public abstract void Settle(IReadOnlyList<TrainingRow<TLabel>> training, IChannel channel);

    /// <summary>The parameters of model and heads.</summary>
    public abstract IReadOnlyList<ModelParameter> Parameters();

    /// <summary>What tells this run from another, beyond options and data.</summary>
    public abstract IEnumerable<(string Name, object? Value)> Identity();

    /// <summary>What rows train towards, on the worker that prepares batches.</summary>
    public abstract PaddedColumn[] Targets(IReadOnlyList<TrainingRow<TLabel>> rows);

    /// <summary>The rows of a batch as they are this time; a task may draw something about them anew each time.</summary>
    /// <param name="data">Where the rows lie.</param>
    /// <param name="rows">The batch's rows.</param>
    /// <param name="all">All rows of the same side, training or validation.</param>
    /// <param name="random">The batch's own draws: a function of the seed and of the place in the run.</param>
    public virtual IReadOnlyList<TrainingRow<TLabel>> Draw(
        TrainingRows<TLabel> data, IReadOnlyList<TrainingRow<TLabel>> rows, IReadOnlyList<TrainingRow<TLabel>> all, Random random) => rows;

    /// <summary>As <see cref="Targets"/>, for a task that changes the batch, such as hides words.</summary>
    /// <param name="batch">The inputs of the rows.</param>
    /// <param name="rows">The rows, as drawn.</param>
    /// <param name="random">The batch's own draws.</param>
    public virtual PaddedColumn[] Prepare(ColumnBatch batch, IReadOnlyList<TrainingRow<TLabel>> rows, Random random) => Targets(rows);

    /// <summary>Whether initial weights may lack parts of the trunk, as those of a text model do.</summary>
    public virtual bool MayStartInPart => false;

    /// <summary>Where the classifier's rows are in the initial weights; null where they are in the same order, or start fresh.</summary>
    public virtual PickedAnswers? Picked => null;

    /// <summary>Whether the loss of a batch is the mean of its rows' losses, so that a batch can be computed in two parts.</summary>
    public virtual bool IsMeanOfRows => false;

    /// <summary>
    /// Makes anew what the task remembers from batch to batch beside the parameters; checkpoints have it, and whoever asks disposes it.
    /// </summary>
    /// <param name="device">Where training computes.</param>
    /// <param name="seed">The run's seed.</param>
    /// <returns>Tensors by name, of floats or Int64.</returns>
    public virtual IReadOnlyDictionary<string, Tensor> Remember(Device device, int seed) => new Dictionary<string, Tensor>();

    /// <summary>The mean score of the best prediction that looks at nothing, and that prediction; null when the task has none.</summary>
    public abstract (double Score, string Prediction)? Constant(IReadOnlyList<TrainingRow<TLabel>> training);

    /// <inheritdoc cref="ITrainingTask{TBatch}.Forward"/>
    public abstract IEnumerable<BatchResult> Forward(TorchEngine engine, TrainingBatch batch);
}
