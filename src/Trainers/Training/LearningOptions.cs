using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage;

/// <summary>
/// What every trainer of this library can be told, whatever it trains: where to start, how to learn, and how a run goes. What JSON leaves out
/// does not tell one training run from another, see <see cref="Training.RunIdentity"/>.
/// </summary>
public abstract partial class LearningOptions
{
    private protected LearningOptions()
    {
    }

    /// <summary>
    /// A checkpoint to start from (.safetensors, .bin, .pth, a folder of the transformers library): a pre-trained or a fine-tuned model.
    /// Parameters it lacks start fresh. Null starts from fresh weights.
    /// </summary>
    [JsonIgnore]
    public string? InitialWeights { get; set; }

    /// <summary>
    /// Where in the PyTorch file of <see cref="InitialWeights"/> the weights are: the key of their dictionary, or several separated by '/'.
    /// Null looks under the usual keys.
    /// </summary>
    [JsonIgnore]
    public string? InitialStateDictionary { get; set; }

    /// <summary>Another checkpoint, of a part of the network, that weights start from as well.</summary>
    internal virtual string? InitialPart => null;

    /// <summary>How fresh weights are drawn.</summary>
    public WeightInitialization Initialization { get; set; } = WeightInitialization.Normal;

    /// <summary>
    /// The column whose values name rows in messages beside their positions, when the data has it: a text, a number or a key; null for
    /// none.
    /// </summary>
    public string? RowIdColumnName { get; set; } = RowName.Column;

    /// <summary>Passes over the training rows.</summary>
    public int Epochs { get; set; } = 20;

    /// <summary>Rows of a batch.</summary>
    public int BatchSize { get; set; } = 128;

    /// <summary>Batches that make one update.</summary>
    public int GradientAccumulation { get; set; } = 1;

    /// <summary>Learning rate of the trunk.</summary>
    public double LearningRate { get; set; } = 4e-5;

    /// <summary>Learning rate of the classifier; null takes <see cref="LearningRate"/>.</summary>
    public double? HeadLearningRate { get; set; } = 1e-4;

    /// <summary>
    /// Learning rate of what joins text and image, in models whose reference gives that one of its own (FIBER: five times the others'); null takes
    /// <see cref="LearningRate"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CrossLearningRate { get; set; }

    /// <summary>The update rule.</summary>
    public OptimizerKind Optimizer { get; set; } = OptimizerKind.AdamW;

    /// <summary>Decay of the weights; of biases and LayerNorms as the model's reference has it.</summary>
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>Decay of the running gradient mean.</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients.</summary>
    public double Beta2 { get; set; } = 0.999;

    /// <summary>Added to the root of the mean squared gradient.</summary>
    public double Epsilon { get; set; } = 1e-6;

    /// <summary>AdamW's bias correction; the reference trains tasks without.</summary>
    public bool CorrectBias { get; set; }

    /// <summary>How the learning rate moves.</summary>
    public LearningRateSchedule Schedule { get; set; } = LearningRateSchedule.WarmupLinear;

    /// <summary>The power of what is left of the run that <see cref="LearningRateSchedule.WarmupLinear"/> decays with; 1 is linear.</summary>
    public double DecayPower { get; set; } = 1;

    /// <summary>The learning rate at the end of <see cref="LearningRateSchedule.WarmupLinear"/>.</summary>
    public double FinalLearningRate { get; set; }

    /// <summary>Share of all updates that warm up.</summary>
    public double WarmupProportion { get; set; } = 0.1;

    /// <summary>
    /// Shares of all updates, 0..1, at each of which the rate is multiplied by <see cref="StepFactor"/>; of
    /// <see cref="LearningRateSchedule.WarmupSteps"/> alone. The defaults are detectron2's.
    /// </summary>
    public IReadOnlyList<double> ScheduleSteps { get; set; } = [2.0 / 3, 8.0 / 9];

    /// <summary>What the rate is multiplied by at each of <see cref="ScheduleSteps"/>.</summary>
    public double StepFactor { get; set; } = 0.1;

    /// <summary>The part of the rate that the warm-up of <see cref="LearningRateSchedule.WarmupSteps"/> begins with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double WarmupStart { get; set; }

    /// <summary>Largest joint norm of the gradients; 0 for no limit.</summary>
    public double GradientClipping { get; set; }

    /// <summary>
    /// Share of the images, 0..1, whose rows are held out for validation when <c>Fit</c> gets no validation data. No image is on both
    /// sides.
    /// </summary>
    [JsonIgnore]
    public double ValidationFraction { get; set; }

    /// <summary>
    /// Epochs without a better validation score after which training ends; 0 for never. The best weights are kept either way.
    /// </summary>
    public int EarlyStoppingPatience { get; set; }

    /// <summary>Makes weights, batch order and dropout repeatable. Null takes the MLContext's seed, and 1 when that has none.</summary>
    public int? Seed { get; set; }

    /// <summary>Where training computes. Scoring uses ONNX Runtime on the CPU.</summary>
    [JsonIgnore]
    public TrainingDevice Device { get; set; } = TrainingDevice.Auto;

    /// <summary>
    /// CPU threads of libtorch; 0 chooses: one a core, or one alone where rows of a batch × width are below 2,048, as small matrices are
    /// slower on two.
    /// </summary>
    [JsonIgnore]
    public int Threads { get; set; }

    /// <summary>
    /// A folder for checkpoints. When it holds one of the same run (data, model and options), training goes on from there. Null keeps none.
    /// </summary>
    [JsonIgnore]
    public string? CheckpointFolder { get; set; }

    /// <summary>Updates between two checkpoints inside an epoch; 0 for one at each epoch's end only.</summary>
    [JsonIgnore]
    public int CheckpointEvery { get; set; }

    /// <summary>Updates between two progress reports.</summary>
    [JsonIgnore]
    public int ReportEvery { get; set; } = 50;

    /// <summary>Receives the progress, on the training thread.</summary>
    [JsonIgnore]
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>
    /// Ends training after the current update with an <see cref="OperationCanceledException"/>. With a <see cref="CheckpointFolder"/> a
    /// checkpoint is left, and the same call goes on from there.
    /// </summary>
    [JsonIgnore]
    public CancellationToken Cancellation { get; set; }

    /// <summary>What is trained, for messages: "LXMERT model".</summary>
    internal abstract string Trained { get; }

    /// <summary>Numbers that a row has in the first states; batches of few are computed on one thread.</summary>
    internal abstract int Width { get; }

    /// <summary>The deviation of fresh weights that are drawn from a normal distribution.</summary>
    internal abstract double InitializerRange { get; }

    /// <summary>
    /// What of an average of the weights stays at an update; what is trained ends with the average, and is validated with it. 0 for no average.
    /// </summary>
    internal virtual double Averaging => 0;

    /// <summary>The learning rate of a parameter, and how much it is decayed.</summary>
    internal virtual (double Rate, double Decay) RatesOf(ModelParameter parameter) => (
        (parameter.HasHeadRate ? HeadLearningRate : parameter.HasCrossRate ? CrossLearningRate : null) ?? LearningRate,
        parameter.IsDecayed ? WeightDecay : 0);

    /// <summary>Brings initial weights together with the parameters that are trained.</summary>
    internal abstract ParameterMatch Match(Checkpoint checkpoint, IEnumerable<ModelParameter> parameters);
}
