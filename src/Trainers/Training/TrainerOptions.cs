using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;

namespace MLNet.VisionLanguage;

/// <summary>
/// What every trainer of a vision-and-language model can be told besides <see cref="LearningOptions"/>. The defaults are those of ViLBERT's
/// fine-tuning (vilbert_tasks.yml, train_tasks.py).
/// </summary>
public abstract partial class TrainerOptions : LearningOptions
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
    /// A checkpoint of the image tower alone, for models that have one: Swin's, as FIBER starts from, beside a RoBERTa's in
    /// <see cref="LearningOptions.InitialWeights"/>, or a ResNet's for <see cref="VlBertConfig.Backbone"/>. What neither file has starts fresh.
    /// </summary>
    [JsonIgnore]
    public string? InitialImageWeights { get; set; }

    internal override string? InitialPart => InitialImageWeights;

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
    /// Input column of models that take the image whole, FIBER and a VL-BERT with a backbone: its normalised pixels, Vector&lt;Single&gt; of
    /// 3 × side × side, colours first.
    /// </summary>
    public string PixelValuesColumnName { get => Columns[StandardColumns.PixelValues]; set => Columns[StandardColumns.PixelValues] = value; }

    /// <summary>
    /// How the training rows' images are changed by chance, anew each time, for models that take the image whole; the column of pixel values is
    /// to be PreprocessImage's, without an augmentation of its own. Changed is the square that PreprocessImage made. What is drawn follows from
    /// the seed and from the place in the run, so that a resumed run sees the same images.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImageAugmentation Augmentation { get; set; }

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

    internal sealed override string Trained => $"{Model.Title} model";

    internal sealed override int Width => Model.Width;

    internal sealed override double InitializerRange => Model.InitializerRange;

    internal sealed override ParameterMatch Match(Checkpoint checkpoint, IEnumerable<ModelParameter> parameters) =>
        CheckpointMatcher.Match(checkpoint, Model, parameters);
}
