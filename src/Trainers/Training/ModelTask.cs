using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Tasks;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>A task whose training makes a model that scores: inputs, parameters and logits follow from the settings of that model.</summary>
/// <typeparam name="TLabel">What it reads of a row besides the inputs.</typeparam>
/// <typeparam name="TSettings">The settings of its model.</typeparam>
/// <param name="settings">The settings, as far as they are known before the rows are.</param>
/// <param name="component">What messages call the trainer.</param>
internal abstract class ModelTask<TLabel, TSettings>(TSettings settings, string component) : TrainingTask<TLabel>
    where TSettings : TaskSettings
{
    /// <summary>The settings of the model that is trained; a task that settles them on the rows sets them then.</summary>
    public TSettings Settings
    {
        get;
        protected set => (field, Network) = (value, value.ToNetwork());
    } = settings;

    public sealed override InputColumns Inputs { get; } = settings.TrainedInputs(component);

    /// <summary>The model with its head.</summary>
    protected TaskNetwork Network { get => field ??= Settings.ToNetwork(); private set; }

    public sealed override IReadOnlyList<ModelParameter> Parameters() => Network.Parameters();

}

/// <summary>A task whose loss and score follow from the logits and targets of a batch alone.</summary>
/// <inheritdoc cref="ModelTask{TLabel, TSettings}"/>
internal abstract class LogitsTask<TLabel, TSettings>(TSettings settings, string component) : ModelTask<TLabel, TSettings>(settings, component)
    where TSettings : TaskSettings
{
    public sealed override IEnumerable<BatchResult> Forward(TorchEngine engine, TrainingBatch batch)
    {
        var logits = Network.Logits(engine, Network.Inputs(engine, (column, number) => batch.Value(column, number, engine.Device)));
        Tensor[] targets = [.. batch.Targets.Select(target => TrainingBatch.ToTensor(target, engine.Device))];
        yield return Measure(logits, targets, batch);
    }

    /// <summary>Loss and score of logits.</summary>
    /// <param name="logits">What the head gives of the batch.</param>
    /// <param name="targets">What <see cref="TrainingTask{TLabel}.Targets"/> laid out.</param>
    /// <param name="batch">The batch.</param>
    protected abstract BatchResult Measure(Tensor logits, IReadOnlyList<Tensor> targets, TrainingBatch batch);
}
