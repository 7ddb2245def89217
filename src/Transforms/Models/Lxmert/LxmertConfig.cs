using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

/// <summary>
/// Sizes and options of an LXMERT model (Tan and Bansal 2019). The JSON names are those of airsplay/lxmert: its BERT configuration and,
/// beside them, the layer counts and visual sizes that its command line sets.
/// </summary>
public sealed partial record LxmertConfig : BertConfig
{
    /// <summary>
    /// The trunk's names when fine-tuned, when pre-trained and in the transformers library; pre-training's answer head is fine-tuning's.
    /// </summary>
    private static readonly ParameterMatchOptions Names = new()
    {
        TrunkPrefixes = [Trunk, PretrainingTrunk, "lxmert."],
        PrefixChanges = new Dictionary<string, string> { [PretrainingAnswers + "."] = FineTunedAnswers + "." },
        Aliases = new Dictionary<string, string>
        {
            ["cls.predictions.decoder.weight"] = PretrainingTrunk + "embeddings.word_embeddings.weight",
        },
    };

    /// <summary>Layers of the text stream alone.</summary>
    [JsonPropertyName("l_layers")] public int LanguageLayers { get; init; } = 9;

    /// <summary>Layers in which the streams read each other.</summary>
    [JsonPropertyName("x_layers")] public int CrossLayers { get; init; } = 5;

    /// <summary>Layers of the image stream alone.</summary>
    [JsonPropertyName("r_layers")] public int RelationshipLayers { get; init; } = 5;

    /// <inheritdoc/>
    [JsonPropertyName("visual_feat_dim")] public override int RegionFeatureSize { get; init; } = 2048;

    /// <summary>The published model: 9, 5 and 5 layers of width 768.</summary>
    public static LxmertConfig Base { get; } = new();

    /// <summary>
    /// A model for small pictures and short questions that trains on a CPU in minutes: width 96. Set <see cref="BertConfig.VocabularySize"/> and
    /// <see cref="RegionFeatureSize"/> to the data's.
    /// </summary>
    public static LxmertConfig Tiny { get; } = new()
    {
        HiddenSize = 96,
        Heads = 4,
        IntermediateSize = 192,
        MaxPositions = 64,
        LanguageLayers = 1,
        CrossLayers = 2,
        RelationshipLayers = 1,
        Dropout = 0,
        AttentionDropout = 0,
    };

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "lxmert";

    internal override string Title => "LXMERT";

    internal override IReadOnlyList<string> NameSigns => ["encoder.x_layers.", "encoder.r_layers."];

    internal override ParameterMatchOptions CheckpointNames => Names;

    /// <summary>Fine-tuning makes one classifier, whichever data set it is for.</summary>
    internal override IReadOnlyList<AnswerClassifier> AnswerClassifiers => [Answering(AnswerHead.Vqa), Answering(AnswerHead.Gqa)];

    /// <summary>
    /// NLVR2's is the reference's (src/tasks/nlvr2_model.py), as is its loss; text and image are matched by pre-training's head.
    /// </summary>
    internal override TaskClassifier ClassifierFor(ClassifierUse use) => use == ClassifierUse.Retrieval
        ? new TaskClassifier(LxmertHeads.Matching, 0, new(LxmertHeads.Matching)) { IsExclusive = true, PairClass = PairClass }
        : Answering(AnswerHead.Vqa) with { IsExclusive = true };

    internal override RegionClassifier RegionClassifier => new("region_logit", 0, new("region_logit"));

    /// <summary>BertAdam is given one weight decay for all.</summary>
    internal override bool DecaysEverything => true;

    /// <summary>Reads a configuration in the reference's option names.</summary>
    /// <param name="json">JSON; options it does not name keep the published defaults.</param>
    /// <exception cref="InvalidDataException">The text is no JSON object, or an option has a value of the wrong kind.</exception>
    /// <exception cref="ArgumentException">An option has an impossible value.</exception>
    public static LxmertConfig FromJson(string json) => Parse(json, "the LXMERT configuration");

    /// <summary>Reads a configuration file in the reference's option names.</summary>
    /// <param name="path">The JSON file.</param>
    /// <inheritdoc cref="FromJson(string)"/>
    public static LxmertConfig Load(string path) => Parse(TextFile.ReadAllText(path), path);

    internal static LxmertConfig Parse(string json, string source) => Parse<LxmertConfig>(json, source);

    /// <summary>What the trunk's names start with in pre-training.</summary>
    internal const string PretrainingTrunk = "bert.";

    /// <summary>The answer classifier of pre-training.</summary>
    internal const string PretrainingAnswers = "answer_head.logit_fc";

    /// <summary>The answer classifier of fine-tuning, and NLVR2's.</summary>
    internal const string FineTunedAnswers = "logit_fc";

    /// <summary>Classes of the detector's objects, which pre-training predicts.</summary>
    [JsonInclude, JsonPropertyName("obj_id_num")] internal int ObjectClasses { get; init; } = 1600;

    /// <summary>Classes of the detector's attributes, which pre-training predicts.</summary>
    [JsonInclude, JsonPropertyName("attr_id_num")] internal int AttributeClasses { get; init; } = 400;

    /// <summary>Answers that pre-training tells apart; 0 where it answers no questions. The name is the transformers library's.</summary>
    [JsonInclude, JsonPropertyName("num_qa_labels"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal int PretrainingAnswerCount { get; init; }

    internal override ModelStates<T> Build<T>(IRegionEngine<T> engine, ModelInputs<T> inputs, Recorder<T>? record = null) =>
        Build(engine, inputs, inputs.IsPretraining ? PretrainingTrunk : Trunk, record);

    /// <summary>Runs the trunk under other names, such as those of pre-training.</summary>
    internal ModelStates<T> Build<T>(IRegionEngine<T> engine, ModelInputs<T> inputs, string prefix, Recorder<T>? record = null)
        where T : class
    {
        // The reference always has 36 regions and so masks none; a padded one must not be seen here.
        var validity = RegionColumns.Validity(engine, inputs.RegionBoxes);
        var boxes = RegionColumns.Fractions(engine, inputs.RegionBoxes, inputs.ImageSize);
        return new LxmertTrunk<T>(engine, this, prefix).Run(
            inputs.InputIds, inputs.TokenTypeIds, inputs.AttentionMask, inputs.RegionFeatures, boxes, engine.Squeeze(validity, 2), record,
            inputs.JointOnly);
    }

    internal override T AttendRegions<T>(IEngine<T> engine, ModelInputs<T> inputs, IReadOnlyDictionary<string, T> recorded) =>
        MeanAttention(engine, recorded, $"x_layers.{CrossLayers - 1}.cross.lang{LxmertPlan.Attention}", Heads);

    internal override IReadOnlyList<FeedForwardSublayer> LayersOf(Modality stream) => LxmertPlan.Encoder(this, Trunk).LayersOf(stream);

    internal override T OwnStates<T>(
        IEngine<T> engine, ModelInputs<T> inputs, IReadOnlyDictionary<string, T> recorded, Modality stream, T state) => state;

    internal override VisionLanguageModel Read(string json, string source) => Parse(json, source);

    internal override void Validate(string source)
    {
        var check = CheckShared(source);
        check.Positive(("visual_feat_dim", RegionFeatureSize), ("obj_id_num", ObjectClasses), ("attr_id_num", AttributeClasses));
        check.NotNegative(("l_layers", LanguageLayers), ("x_layers", CrossLayers), ("r_layers", RelationshipLayers), ("num_qa_labels", PretrainingAnswerCount));
        if (BoxSize is not (null or 4)) check.Fail("visual_pos_dim", $"{BoxSize} is not supported; only 4 is");
    }

    private AnswerClassifier Answering(AnswerHead head) =>
        new(head, FineTunedAnswers, TaskId: 0, Classifier.Simple(FineTunedAnswers, 2 * HiddenSize));

    // The transformers library's names of the detector's classes.
    [JsonInclude, JsonPropertyName("num_object_labels")]
    private int ObjectLabels { init => ObjectClasses = value; }

    [JsonInclude, JsonPropertyName("num_attr_labels")]
    private int AttributeLabels { init => AttributeClasses = value; }

    // Read only to be refused: boxes have four numbers.
    [JsonInclude, JsonPropertyName("visual_pos_dim"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private int? BoxSize { get; init; }

    private const string Trunk = "lxrt_encoder.model.bert.";
}
