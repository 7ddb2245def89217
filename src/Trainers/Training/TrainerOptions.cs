using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage;

/// <summary>
/// What every trainer of this library can be told. The defaults are those of ViLBERT's fine-tuning (vilbert_tasks.yml, train_tasks.py).
/// What JSON leaves out does not tell one training run from another, see <see cref="Training.RunIdentity"/>.
/// </summary>
public abstract partial class TrainerOptions
{
    private protected TrainerOptions()
    {
    }

    /// <summary>The model: ViLBERT, LXMERT, VL-BERT or FIBER.</summary>
    public VisionLanguageModel Model { get; set; } = ViLbertConfig.Base;

    /// <summary>
    /// Whether a model that starts from nothing takes the sizes that the data has: RegionFeatureSize from the regions of the first training
    /// row, VocabularySize and MaxPositions from the column of token ids when TokenizeText made it, the model's own otherwise.
    /// </summary>
    [JsonIgnore]
    public bool SizesFromData { get; set; }

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

    /// <summary>
    /// A checkpoint of the image tower alone, for models that have one: Swin's, as FIBER starts from, beside a RoBERTa's in
    /// <see cref="InitialWeights"/>. What neither file has starts fresh.
    /// </summary>
    [JsonIgnore]
    public string? InitialImageWeights { get; set; }

    /// <summary>How fresh weights are drawn.</summary>
    public WeightInitialization Initialization { get; set; } = WeightInitialization.Normal;

    /// <summary>Input column: token ids, Vector&lt;Int64&gt;.</summary>
    public string InputIdsColumnName { get => Columns[StandardColumns.InputIds]; set => Columns[StandardColumns.InputIds] = value; }

    /// <summary>Input column: 1 for every token, Vector&lt;Int64&gt;.</summary>
    public string AttentionMaskColumnName { get => Columns[StandardColumns.AttentionMask]; set => Columns[StandardColumns.AttentionMask] = value; }

    /// <summary>Input column: segment ids, Vector&lt;Int64&gt;.</summary>
    public string TokenTypeIdsColumnName { get => Columns[StandardColumns.TokenTypeIds]; set => Columns[StandardColumns.TokenTypeIds] = value; }

    /// <summary>Input column: region features, Vector&lt;Single&gt; of N × v_feature_size.</summary>
    public string RegionFeaturesColumnName { get => Columns[StandardColumns.RegionFeatures]; set => Columns[StandardColumns.RegionFeatures] = value; }

    /// <summary>Input column: region boxes, Vector&lt;Single&gt; of N × 4, pixels x1 y1 x2 y2.</summary>
    public string RegionBoxesColumnName { get => Columns[StandardColumns.RegionBoxes]; set => Columns[StandardColumns.RegionBoxes] = value; }

    /// <summary>Input column: width and height in pixels, Vector&lt;Single, 2&gt;.</summary>
    public string ImageSizeColumnName { get => Columns[StandardColumns.ImageSize]; set => Columns[StandardColumns.ImageSize] = value; }

    /// <summary>
    /// Input column of models that take the image whole: its normalised pixels, Vector&lt;Single&gt; of 3 × side × side, colours first.
    /// </summary>
    public string PixelValuesColumnName { get => Columns[StandardColumns.PixelValues]; set => Columns[StandardColumns.PixelValues] = value; }

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

    /// <summary>In which numbers matrices are multiplied.</summary>
    public TrainingPrecision Precision { get; set; }

    /// <summary>
    /// Whether each sublayer is computed a second time in the backward pass in place of keeping what it computed (Chen et al. 2016, "Training
    /// deep nets with sublinear memory cost"): a third more work, and a fraction of the memory that grows with the batch.
    /// </summary>
    [JsonIgnore]
    public bool GradientCheckpointing { get; set; }

    /// <summary>
    /// Whether batches are of rows of like length, so that less is padding: within fifty batches at a time rows are sorted by their tokens
    /// and regions, and the batches shuffled again. Which rows meet is then not quite chance.
    /// </summary>
    public bool BucketByLength { get; set; }

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

    /// <summary>Rows scored together by the trained transformer.</summary>
    [JsonIgnore]
    public int ScoringBatchSize { get; set; } = 32;

    /// <summary>
    /// Rows that the trained transformer reads ahead; those of like length are scored together. 0 for four times
    /// <see cref="ScoringBatchSize"/>.
    /// </summary>
    [JsonIgnore]
    public int ScoringWindowSize { get; set; }

    /// <summary>
    /// Whether the trained transformer computes in int8: its file takes about 30 %, and it scores two to three times as fast where
    /// processors multiply 8 bits (VNNI, Arm's dot products). Scores change a little, also with which rows are scored together: what a layer
    /// reads is rounded to 8 bits over the whole batch. x64 processors without VNNI add two products in 16 bits, where large ones overflow.
    /// Training itself is not touched.
    /// </summary>
    [JsonIgnore]
    public bool Quantize { get; set; }

    /// <summary>The user's names of the input columns.</summary>
    internal ColumnNames Columns { get; } = [];

    /// <summary>What the names of each text's columns end with; several for a task on several texts.</summary>
    internal virtual IReadOnlyList<string> TextEndings => [""];

    /// <summary>What the names of each image's columns end with.</summary>
    internal virtual IReadOnlyList<string> ImageEndings => [""];
}
