using System.Text.Json.Nodes;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

// What the library asks a model.
public sealed partial record ViLbertConfig
{
    /// <summary>Rows of the table of task tokens, which the reference fixes.</summary>
    internal const int TaskNumbers = 20;

    /// <summary>The decoder of words is the word table; files may hold it twice, once or under either name.</summary>
    private static readonly ParameterMatchOptions Names = new()
    {
        Aliases = new Dictionary<string, string> { ["cls.predictions.decoder.weight"] = "bert.embeddings.word_embeddings.weight" },
    };

    internal override string Title => "ViLBERT";

    internal override int Width => Math.Max(HiddenSize, ImageHiddenSize);

    /// <summary>Which text meets which image.</summary>
    internal Meeting Meeting => InBatchPairs ? Meeting.EveryPair : FastMode ? Meeting.OneText : Meeting.Rows;

    internal override IReadOnlyList<string> NameSigns => ["encoder.v_layer.", ".biattention."];

    internal override ParameterMatchOptions CheckpointNames => Names;

    internal override IReadOnlyList<AnswerClassifier> AnswerClassifiers =>
    [
        new(AnswerHead.Vqa, "vil_prediction", 1, ViLbertHeads.Classifier(this, "vil_prediction")),
        new(AnswerHead.Gqa, "vil_prediction_gqa", 15, ViLbertHeads.Classifier(this, "vil_prediction_gqa")),
    ];

    internal override int JointSize => CoAttentionSize;

    /// <summary>The numbers are those of vilbert_tasks.yml, as are the losses: classes of the first two are trained each by itself.</summary>
    internal override TaskClassifier ClassifierFor(ClassifierUse use) => use switch
    {
        ClassifierUse.Entailment => new("vil_tri_prediction", 13, new("vil_tri_prediction")),
        ClassifierUse.Pairs => new("vil_binary_prediction", 12, ViLbertHeads.Classifier(this, "vil_binary_prediction")),
        ClassifierUse.Retrieval => new("vil_logit", 7, new("vil_logit")) { IsExclusive = true },
        _ => new("vil_logit", 5, new("vil_logit")) { IsExclusive = true },
    };

    internal override RegionClassifier RegionClassifier =>
        new("vision_logit", 9, new("vision_logit") { InputDropout = FusionDropout }) { Marks = ViLbertHeads.Pretraining };

    internal override ModelStates<T> Build<T>(IRegionEngine<T> engine, ModelInputs<T> inputs, Recorder<T>? record = null)
    {
        if (InBatchPairs)
            new OptionCheck($"the {Title} configuration").Fail("in_batch_pairs", "a row of a pipeline is scored with its own image alone");
        return Run(
            engine, inputs, ViLbertRegions<T>.Build(engine, inputs.RegionFeatures, inputs.RegionBoxes, inputs.ImageSize), record);
    }

    private ModelStates<T> Run<T>(IEngine<T> engine, ModelInputs<T> inputs, ViLbertRegions<T> regions, Recorder<T>? record = null)
        where T : class
    {
        var first = engine.ToFloat(engine.Slice(inputs.InputIds, 1, 0, 1));
        var task = TaskTokens ? engine.ToInt64(engine.Affine(first, 0, inputs.TaskId)) : null;
        return new ViLbertTrunk<T>(engine, this).Run(
            new(inputs.InputIds, inputs.TokenTypeIds, inputs.AttentionMask, regions.Features, regions.Locations, regions.Mask, task),
            record,
            inputs.JointOnly);
    }

    internal override T AttendRegions<T>(IEngine<T> engine, ModelInputs<T> inputs, IReadOnlyDictionary<string, T> recorded)
    {
        var last = $"attention.c.{TextLayersBeforeCoAttention.Count - 1}.attn1";
        var map = engine.Slice(MeanAttention(engine, recorded, last, CoAttentionHeads), 2, 1, null);

        // The task's token is none of the row's.
        return TaskTokens ? engine.Concat(1, engine.Slice(map, 1, 0, 1), engine.Slice(map, 1, 2, null)) : map;
    }

    internal override IReadOnlyList<FeedForwardSublayer> LayersOf(Modality stream) => ViLbertPlan.Encoder(this).LayersOf(stream);

    internal override T OwnStates<T>(
        IEngine<T> engine, ModelInputs<T> inputs, IReadOnlyDictionary<string, T> recorded, Modality stream, T state) => stream == Modality.Image
            ? engine.Slice(state, 1, 1, null)
            : TaskTokens ? engine.Concat(1, engine.Slice(state, 1, 0, 1), engine.Slice(state, 1, 2, null)) : state;

    /// <summary>VILBertForVLTasks.</summary>
    internal override void BuildPublishedHeads<T>(IEngine<T> engine, ModelStates<T> states, Func<string, int> classes)
    {
        base.BuildPublishedHeads(engine, states, classes);
        var heads = new ViLbertHeads<T>(engine, this);
        heads.ClassifyPairs(states);
        heads.Rank(states);
        heads.Entail(states);
        heads.Align(states);
        heads.PredictTokens(states);
        heads.PredictRegions(states);
        heads.ScoreRegions(states);
        heads.ScoreTokens(states);
    }

    /// <summary>
    /// Reads a configuration of the single-stream baseline (config/bert_base_baseline.json); its image stream is as wide as the text and has
    /// no layers.
    /// </summary>
    internal static ViLbertConfig ParseBaseline(string json, string source) => Parse<ViLbertConfig>(json, source, text =>
    {
        if (JsonNode.Parse(text) is not JsonObject options) return text;
        void Set(string option, string of)
        {
            if (options[of] is { } value) options[option] = value.DeepClone();
        }

        Set("v_hidden_size", "hidden_size");
        Set("v_num_attention_heads", "num_attention_heads");
        options["v_num_hidden_layers"] = 0;
        options["t_biattention_id"] = new JsonArray();
        options["v_biattention_id"] = new JsonArray();
        return options.ToJsonString();
    });

    internal override VisionLanguageModel Read(string json, string source) => Parse(json, source);

    internal override void Validate(string source)
    {
        var check = new OptionCheck(source);
        check.Positive(
            ("vocab_size", VocabularySize), ("hidden_size", HiddenSize), ("num_attention_heads", TextHeads),
            ("intermediate_size", TextIntermediateSize),
            ("max_position_embeddings", MaxPositions), ("type_vocab_size", TokenTypes), ("v_feature_size", RegionFeatureSize),
            ("v_target_size", RegionClasses), ("v_hidden_size", ImageHiddenSize), ("v_num_attention_heads", ImageHeads),
            ("v_intermediate_size", ImageIntermediateSize), ("bi_hidden_size", CoAttentionSize),
            ("bi_num_attention_heads", CoAttentionHeads));
        check.Divisible(
            ("hidden_size", HiddenSize, TextHeads), ("v_hidden_size", ImageHiddenSize, ImageHeads),
            ("bi_hidden_size", CoAttentionSize, CoAttentionHeads));
        check.Probabilities(
            ("hidden_dropout_prob", Dropout), ("attention_probs_dropout_prob", AttentionDropout),
            ("v_hidden_dropout_prob", ImageDropout), ("v_attention_probs_dropout_prob", ImageAttentionDropout),
            ("fusion_dropout_prob", FusionDropout));
        Activations.Parse("hidden_act", TextActivation);
        Activations.Parse("v_hidden_act", ImageActivation);
        if (Fusion is not ("mul" or "sum")) check.Fail("fusion_method", $"'{Fusion}' is neither 'mul' nor 'sum'");
        if (TextModel is not ("bert" or "roberta")) check.Fail("model", $"'{TextModel}' is neither 'bert' nor 'roberta'");
        if (TextModel == "roberta" && TaskTokens) check.Fail("task_specific_tokens", "a RoBERTa takes no task tokens");
        if (FastMode && InBatchPairs) check.Fail("in_batch_pairs", "fast_mode brings the rows together in another way");
        CheckSchedule("t_biattention_id", TextLayersBeforeCoAttention, TextLayers, FixedTextLayers);
        CheckSchedule("v_biattention_id", ImageLayersBeforeCoAttention, ImageLayers, FixedImageLayers);
        if (TextLayersBeforeCoAttention.Count != ImageLayersBeforeCoAttention.Count)
        {
            check.Fail(
                "t_biattention_id",
                $"{TextLayersBeforeCoAttention.Count} entries, but v_biattention_id has {ImageLayersBeforeCoAttention.Count}");
        }

        void CheckSchedule(string option, IReadOnlyList<int> ids, int layers, int fixedLayers)
        {
            for (var k = 0; k < ids.Count; k++)
            {
                if (ids[k] < (k == 0 ? 0 : ids[k - 1]) || ids[k] > layers)
                {
                    check.Fail(
                        option, $"entry {k} is {ids[k]}; entries must not decrease and must lie between 0 and the stream's {layers} layers");
                }

                if (ids[k] < fixedLayers) check.Fail(option, $"entry {k} is {ids[k]}, below the {fixedLayers} fixed layers of the stream");
            }
        }
    }
}
