using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Tasks.Answering;
using static MLNet.VisionLanguage.Columns.StandardColumns;

namespace MLNet.VisionLanguage;

/// <summary>Where a trainer computes.</summary>
public enum TrainingDevice
{
    /// <summary>The first CUDA device if there is one, else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>The first CUDA device; training fails where there is none.</summary>
    Cuda,
}

/// <summary>
/// Options of <see cref="VisualQuestionAnsweringTrainer"/>. The defaults are the reference's for VQA v2 (vilbert_tasks.yml, train_tasks.py).
/// </summary>
public sealed partial class VisualQuestionAnsweringOptions
{
    /// <summary>The model: ViLBERT, LXMERT or VL-BERT.</summary>
    public VisionLanguageModel Model { get; set; } = ViLbertConfig.Base;

    /// <summary>Which classifier is trained.</summary>
    public AnswerHead Head { get; set; } = AnswerHead.Vqa;

    /// <summary>
    /// A checkpoint to start from (.safetensors, .bin, .pth): a pre-trained or a fine-tuned model. Parameters it lacks start fresh.
    /// Null starts from fresh weights.
    /// </summary>
    public string? InitialWeights { get; set; }

    /// <summary>How fresh weights are drawn.</summary>
    public WeightInitialization Initialization { get; set; } = WeightInitialization.Normal;

    /// <summary>The answers the model knows, in order; null takes those of the training rows, most frequent first.</summary>
    public IReadOnlyList<string>? Answers { get; set; }

    /// <summary>When <see cref="Answers"/> is null: rows in which an answer must occur to be known.</summary>
    public int MinimumAnswerCount { get; set; } = 1;

    /// <summary>Input column: token ids, Vector&lt;Int64&gt;.</summary>
    public string InputIdsColumnName { get => Columns[InputIds]; set => Columns[InputIds] = value; }

    /// <summary>Input column: 1 for every token, Vector&lt;Int64&gt;.</summary>
    public string AttentionMaskColumnName { get => Columns[AttentionMask]; set => Columns[AttentionMask] = value; }

    /// <summary>Input column: segment ids, Vector&lt;Int64&gt;.</summary>
    public string TokenTypeIdsColumnName { get => Columns[TokenTypeIds]; set => Columns[TokenTypeIds] = value; }

    /// <summary>Input column: region features, Vector&lt;Single&gt; of N × v_feature_size.</summary>
    public string RegionFeaturesColumnName { get => Columns[RegionFeatures]; set => Columns[RegionFeatures] = value; }

    /// <summary>Input column: region boxes, Vector&lt;Single&gt; of N × 4, pixels x1 y1 x2 y2.</summary>
    public string RegionBoxesColumnName { get => Columns[RegionBoxes]; set => Columns[RegionBoxes] = value; }

    /// <summary>Input column: width and height in pixels, Vector&lt;Single, 2&gt;.</summary>
    public string ImageSizeColumnName { get => Columns[ImageSize]; set => Columns[ImageSize] = value; }

    /// <summary>Label column: the row's answers, Text or Vector&lt;Text&gt;.</summary>
    public string AnswersColumnName { get; set; } = "Answers";

    /// <summary>Label column: the soft score 0..1 of each answer, Vector&lt;Single&gt;; null scores every answer 1.</summary>
    public string? AnswerScoresColumnName { get; set; } = "AnswerScores";

    /// <summary>Output column: the probability of each answer, Vector&lt;Single&gt; with SlotNames.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>Output column: the answer with the largest probability, a key with KeyValues.</summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

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

    /// <summary>Share of all updates that warm up.</summary>
    public double WarmupProportion { get; set; } = 0.1;

    /// <summary>Largest joint norm of the gradients; 0 for no limit.</summary>
    public double GradientClipping { get; set; }

    /// <summary>
    /// Share of the images, 0..1, whose rows are held out for validation when <c>Fit</c> gets no validation data. No image is on both sides.
    /// </summary>
    public double ValidationFraction { get; set; }

    /// <summary>Epochs without a better validation score after which training ends; 0 for never. The best weights are kept either way.</summary>
    public int EarlyStoppingPatience { get; set; }

    /// <summary>Makes weights, batch order and dropout repeatable.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Where training computes. Scoring uses ONNX Runtime on the CPU.</summary>
    public TrainingDevice Device { get; set; } = TrainingDevice.Auto;

    /// <summary>CPU threads of libtorch; 0 chooses: one for models of width below 256, else one a core. Small matrices are slower on two.</summary>
    public int Threads { get; set; }

    /// <summary>
    /// A folder for checkpoints. When it holds one of the same run (data, model and options), training goes on from there. Null keeps none.
    /// </summary>
    public string? CheckpointFolder { get; set; }

    /// <summary>Updates between two checkpoints inside an epoch; 0 for one at each epoch's end only.</summary>
    public int CheckpointEvery { get; set; }

    /// <summary>Updates between two progress reports.</summary>
    public int ReportEvery { get; set; } = 50;

    /// <summary>Receives the progress, on the training thread.</summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>
    /// Ends training after the current update with an <see cref="OperationCanceledException"/>. With a <see cref="CheckpointFolder"/> a
    /// checkpoint is left, and the same call goes on from there.
    /// </summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Rows scored together by the trained transformer.</summary>
    public int ScoringBatchSize { get; set; } = 32;

    internal string HeadName => Model.FindAnswerClassifier(Head).Name;

    /// <summary>The names of the input columns.</summary>
    internal ColumnNames Columns { get; } = [];

    internal AnswerModelSettings ToSettings(IReadOnlyList<string> answers) => new()
    {
        Model = Model,
        Head = HeadName,
        Answers = answers,
        Columns = Columns,
        ScoreColumnName = ScoreColumnName,
        PredictedLabelColumnName = PredictedLabelColumnName,
        BatchSize = ScoringBatchSize,
    };
}
