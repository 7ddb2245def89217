using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

// What the library asks a model.
public sealed partial record VlBertConfig
{
    private const string Answers = "final_mlp";

    /// <summary>
    /// The transform of pre-training's word head is that of the answer slot (PARTIAL_PRETRAIN_PREFIX_CHANGES); so is BERT's.
    /// </summary>
    private static readonly ParameterMatchOptions Names = new()
    {
        // VCR's module runs its trunk inside a wrapper.
        TrunkPrefixes = [VlBertTrunk.Prefix, VlBertTrunk.Prefix + "_module."],
        PrefixChanges = new Dictionary<string, string>(VlBertPixels.PrefixChanges)
        {
            ["vlbert.mlm_head.predictions.transform."] = Answers + ".0.",

            // A BERT, as load_language_pretrained_model takes it.
            ["bert.embeddings.LayerNorm."] = VlBertTrunk.Prefix + "embedding_LayerNorm.",
            ["bert.embeddings."] = VlBertTrunk.Prefix,
            ["bert."] = VlBertTrunk.Prefix,
            ["cls.predictions.transform."] = Answers + ".0.",
            ["cls.predictions."] = VlBertTrunk.Prefix + "mlm_head.predictions.",
            ["cls.seq_relationship."] = VlBertTrunk.Prefix + "relationsip_head.caption_image_relationship.",
        },
        Aliases = new Dictionary<string, string>
        {
            [VlBertTrunk.Prefix + "mlm_head.predictions.decoder.weight"] = VlBertTrunk.Prefix + "word_embeddings.weight",
        },

        // BERT has no segment for objects.
        GrowingTables = [VlBertTrunk.Prefix + "token_type_embeddings.weight"],
    };

    /// <summary>Classes of the detector, which pre-training predicts; 1601 with the background.</summary>
    [JsonInclude, JsonPropertyName("visual_region_classes")] internal int RegionClasses { get; init; } = 1601;

    /// <summary>Whether pre-training reads texts without an image too, which then have an embedding for what they do not show.</summary>
    [JsonInclude, JsonPropertyName("auxiliary_texts"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal bool HasTexts { get; init; }

    /// <summary>Dropout in VCR's classifier of objects.</summary>
    [JsonInclude, JsonPropertyName("CNN_REG_DROPOUT")] internal double RecognitionDropout { get; init; }

    internal override string Title => "VL-BERT";

    internal override IReadOnlyList<string> NameSigns => ["object_linguistic_embeddings.", "visual_ln_text."];

    internal override ParameterMatchOptions CheckpointNames => Names;

    /// <summary>The reference answers VQA alone; the same classifier serves other lists of answers.</summary>
    internal override IReadOnlyList<AnswerClassifier> AnswerClassifiers =>
        [new(AnswerHead.Vqa, Answers, TaskId: 0, AnswerLayers()), new(AnswerHead.Gqa, Answers, TaskId: 0, AnswerLayers())];

    /// <summary>
    /// VCR's is the reference's, on the pooled vector (vcr/modules); without a pooler, and for other tasks, the answer slot is read as for VQA.
    /// </summary>
    internal override TaskClassifier ClassifierFor(ClassifierUse use) => FindAnswerClassifier(AnswerHead.Vqa) with
    {
        ReadsSlot = use != ClassifierUse.Choices || !Pooler,
        IsExclusive = true,
    };

    /// <summary>RefCOCO's (refcoco/modules).</summary>
    internal override RegionClassifier RegionClassifier =>
        new(Answers, 0, new(Answers + ".2") { Hidden = (Answers + ".0.dense", HiddenSize) }) { IsBinary = true };

    /// <summary>VCR's texts carry the objects that they name.</summary>
    internal override bool ReadsTags => true;

    internal override int MaskWord => MaskTokenId;

    internal override int ImageSide => Backbone?.LongerSide ?? 0;

    internal override bool ReadsBoxes => Backbone is not null;

    /// <summary>Its AdamW is given one weight decay for all.</summary>
    internal override bool DecaysEverything => true;

    internal override ModelStates<T> Build<T>(IRegionEngine<T> engine, ModelInputs<T> inputs, Recorder<T>? record = null)
    {
        if (inputs.AnswerSlot && MaskTokenId >= VocabularySize)
            new OptionCheck($"the {Title} configuration").Fail("mask_token_id", $"{MaskTokenId} is none of the {VocabularySize} words");
        var (regions, imageSize) = Objects(engine, inputs);
        var text = new VlBertText<T>(inputs.InputIds, inputs.TokenTypeIds, inputs.AttentionMask);
        if (inputs.AnswerSlot) text = text.WithSlot(engine, MaskTokenId);
        return new VlBertTrunk<T>(engine, this).Run(text, regions, imageSize, inputs.AnswerSlot, record, inputs.RegionTags);
    }

    /// <summary>The objects, and the sizes of the images that their boxes are in.</summary>
    private (VlBertRegions<T> Objects, T Size) Objects<T>(IRegionEngine<T> engine, ModelInputs<T> inputs)
        where T : class => Backbone is { } backbone
            ? VlBertPixels.Look(
                engine, backbone, inputs.Pixels ?? throw new ArgumentException($"{Title} takes pixels.", nameof(inputs)),
                inputs.RegionBoxes, inputs.ImageSize)
            : (VlBertRegions<T>.Build(engine, inputs.RegionFeatures, inputs.RegionBoxes, inputs.ImageSize), inputs.ImageSize);

    internal override T AttendRegions<T>(IEngine<T> engine, ModelInputs<T> inputs, IReadOnlyDictionary<string, T> recorded)
    {
        // Text and objects are one stream, in which the whole image is the first object.
        var packed = MeanAttention(engine, recorded, $"attention_probs.{Layers - 1}", Heads);
        var onRegions = engine.Slice(engine.MatMul(packed, recorded["object_selection"]), 2, 1, null);
        var rows = engine.Take(onRegions, 1, engine.Length(inputs.InputIds, 1));
        return inputs.AnswerSlot
            ? engine.Concat(1, engine.MatMul(recorded["slot_selection"], onRegions), engine.Slice(rows, 1, 1, null))
            : rows;
    }

    /// <summary>Text and objects are one stream.</summary>
    internal override IReadOnlyList<FeedForwardSublayer> LayersOf(Modality stream) =>
        VlBertTrunk<ShapeValue>.Plan(this, VlBertTrunk.Prefix).LayersOf(Modality.Text);

    internal override T OwnStates<T>(
        IEngine<T> engine, ModelInputs<T> inputs, IReadOnlyDictionary<string, T> recorded, Modality stream, T state) => stream == Modality.Text
            ? engine.Take(state, 1, engine.Length(inputs.InputIds, 1))
            : engine.Slice(engine.MatMul(engine.Transpose(recorded["object_selection"], 0, 2, 1), state), 1, 1, null);

    internal override VisionLanguageModel Read(string json, string source) => Parse(json, source);

    internal override void Validate(string source)
    {
        var check = CheckShared(source);
        check.Positive(
            ("visual_size", VisualSize), ("CLASSIFIER_HIDDEN_SIZE", ClassifierSize), ("region_feature_size", RegionFeatureSize),
            ("coordinate_size", CoordinateSize), ("visual_region_classes", RegionClasses));
        check.NotNegative(("num_hidden_layers", Layers), ("mask_token_id", MaskTokenId));
        check.Probabilities(
            ("CLASSIFIER_DROPOUT", ClassifierDropout), ("object_dropout_prob", ObjectDropout), ("CNN_REG_DROPOUT", RecognitionDropout));
        if (TokenTypes < 3) check.Fail("type_vocab_size", $"{TokenTypes} is below the 3 that two segments of text and the objects need");
        if (MaxTokens < 1) check.Fail("max_position_embeddings", $"{MaxPositions} leaves no room for a text");
        if (ClassifierType is not ("mlm" or "2fc" or "1fc")) check.Fail("CLASSIFIER_TYPE", $"'{ClassifierType}' is none of mlm, 2fc, 1fc");
        if (FrozenWords == true) check.Fail("word_embedding_frozen", "true is not supported");
        if (RelativeObjects == false) check.Fail("obj_pos_id_relative", "false is not supported");
        if (ObjectWords is not (null or 2)) check.Fail("object_word_embed_mode", $"{ObjectWords} is not supported; only 2 is");
        if (PaddingPosition is not (null or -1)) check.Fail("position_padding_idx", $"{PaddingPosition} is not supported; only -1 is");
        Backbone?.Validate($"{source}: option 'image_backbone'");
        if (Backbone is { } backbone && backbone.FeatureSize != RegionFeatureSize)
        {
            check.Fail(
                "region_feature_size",
                $"{RegionFeatureSize} values, but features of the image backbone have {backbone.FeatureSize}, eight times its stage_channels");
        }

        if (Semantic == true) check.Fail("IMAGE_SEMANTIC", "true is not supported");
    }

    private Classifier AnswerLayers() => ClassifierType switch
    {
        "mlm" => new(Answers + ".2")
        {
            Hidden = (Answers + ".0.dense", HiddenSize),
            LayerNorm = Answers + ".0.LayerNorm",
            HiddenDropout = ClassifierDropout,
        },
        "2fc" => new(Answers + ".4")
        {
            InputDropout = ClassifierDropout,
            Hidden = (Answers + ".1", ClassifierSize),
            Activation = Engine.Activation.Relu,
            HiddenDropout = ClassifierDropout,
        },
        _ => new(Answers + ".1") { InputDropout = ClassifierDropout },
    };

    // Options of the reference that are read only to be refused where they ask for what this model is not.
    [JsonInclude, JsonPropertyName("word_embedding_frozen"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private bool? FrozenWords { get; init; }

    [JsonInclude, JsonPropertyName("obj_pos_id_relative"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private bool? RelativeObjects { get; init; }

    [JsonInclude, JsonPropertyName("object_word_embed_mode"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private int? ObjectWords { get; init; }

    [JsonInclude, JsonPropertyName("position_padding_idx"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private int? PaddingPosition { get; init; }

    [JsonInclude, JsonPropertyName("IMAGE_SEMANTIC"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private bool? Semantic { get; init; }
}
