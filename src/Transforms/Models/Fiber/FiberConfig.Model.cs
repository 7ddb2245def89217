using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

// What the library asks a model.
public sealed partial record FiberConfig
{
    /// <summary>What the temperature of comparisons starts from.</summary>
    internal const double FirstTemperature = 0.07;

    private const string Answers = "vqa_classifier";
    private const string Pairs = "nlvr2_classifier";

    /// <summary>Patches are 4 pixels wide, and three times four tokens become one.</summary>
    private const int Shrinking = 32;

    /// <summary>The towers alone have timm's names (of version 0.4, as Swin was published) and the transformers library's.</summary>
    private static readonly ParameterMatchOptions Names = new()
    {
        TrunkPrefixes = [FiberTowers.Vision, FiberTowers.Text, "roberta."],
        Adapt = SwinTables.Resized,
    };

    internal override string Title => "FIBER";

    internal override IReadOnlyList<string> NameSigns => ["text_transformer.", "crossattention_t2i."];

    internal override ParameterMatchOptions CheckpointNames => Names;

    internal override int ImageSide => ImageSize;

    internal override int PaddingWord => RobertaEmbedding.Padding;

    /// <summary>The mask of RoBERTa's vocabulary.</summary>
    internal override int MaskWord => 50264;

    internal override int Width => Math.Max(HiddenSize, Math.Max(TextHiddenSize, FiberTowers.Width(this, Depths.Count - 1)));

    internal override int JointSize => 2 * HiddenSize;

    /// <summary>Tokens on a side of a window.</summary>
    internal int Window => WindowSize ?? ImageSize / Shrinking;

    internal Fusion Fusion => FusionKind switch
    {
        "ungated" => Fusion.Ungated,
        "merged" => Fusion.Merged,
        _ => Fusion.Gated,
    };

    internal override IReadOnlyList<AnswerClassifier> AnswerClassifiers =>
    [
        new(AnswerHead.Vqa, Answers, 0, ClassifierOf(Answers)), new(AnswerHead.Gqa, Answers, 0, ClassifierOf(Answers)),
    ];

    /// <summary>NLVR2's and the ranking of pairs are the reference's.</summary>
    internal override TaskClassifier ClassifierFor(ClassifierUse use) => use switch
    {
        ClassifierUse.Entailment => new("ve_classifier", 0, ClassifierOf("ve_classifier")) { IsExclusive = true },
        ClassifierUse.Pairs => new(Pairs, 0, ClassifierOf(Pairs)) { IsExclusive = true },
        _ => new(FiberNames.Rank, 0, new(FiberNames.Rank)) { IsExclusive = true },
    };

    /// <summary>
    /// The reference's optimiser groups go by what names contain: a "bias" spares the tables of relative positions too, and some LayerNorms of
    /// fusion and of classifiers are not spared.
    /// </summary>
    internal override ModelParameter Grouped(ModelParameter parameter)
    {
        bool Has(string part) => parameter.Name.Contains(part, StringComparison.Ordinal);
        var isSpared = Has("bias") || Has("LayerNorm.weight") || Has("norm.weight") || Has("norm1.weight") || Has("norm2.weight");
        var isCross = !parameter.IsHead && (Has("cross_modal") || Has("i2t") || Has("t2i"));
        return parameter with
        {
            IsDecayed = !isSpared,
            Marks = isCross ? parameter.Marks | ParameterMarks.Cross : parameter.Marks,
        };
    }

    internal override RegionClassifier RegionClassifier =>
        throw new NotSupportedException($"{Title} takes the image whole: there are no regions that it could choose from.");

    internal override ModelStates<T> Build<T>(IRegionEngine<T> engine, ModelInputs<T> inputs, Recorder<T>? record = null)
    {
        var states = new FiberTrunk<T>(engine, this).Fuse(
            inputs.InputIds, inputs.AttentionMask, inputs.Pixels ?? throw new ArgumentException($"{Title} takes pixels.", nameof(inputs)), record);
        if (!inputs.IsPretraining) new FiberHeads<T>(engine, this).KeepOthers();
        return states;
    }

    internal override T AttendRegions<T>(IEngine<T> engine, ModelInputs<T> inputs, IReadOnlyDictionary<string, T> recorded) =>
        throw new ArgumentException($"{Title} takes the image whole: there are no regions whose attention it could show.", nameof(inputs));

    internal override IReadOnlyList<FeedForwardSublayer> LayersOf(Modality stream) => [];

    internal override T OwnStates<T>(
        IEngine<T> engine, ModelInputs<T> inputs, IReadOnlyDictionary<string, T> recorded, Modality stream, T state) => state;

    internal override VisionLanguageModel Read(string json, string source) => Parse(json, source);

    internal override void Validate(string source)
    {
        var check = new OptionCheck(source);
        check.Positive(
            ("image_size", ImageSize), ("embed_dim", PatchSize), ("vocab_size", VocabularySize), ("text_hidden_size", TextHiddenSize),
            ("num_layers", TextLayers), ("text_num_heads", TextHeads), ("text_intermediate_size", TextIntermediateSize),
            ("max_text_len", MaxTextLength), ("hidden_size", HiddenSize), ("queue_size", QueueSize));
        if (ImageSize % Shrinking != 0) check.Fail("image_size", $"{ImageSize} is no multiple of {Shrinking}");
        if (Depths is not { Count: 4 }) check.Fail("depths", $"{Depths?.Count ?? 0} numbers; a Swin transformer has 4 stages");
        if (ImageHeads is not { Count: 4 }) check.Fail("vision_num_heads", $"{ImageHeads?.Count ?? 0} numbers; a Swin transformer has 4 stages");
        if (WindowSize is < 1) check.Fail("window_size", $"{WindowSize} is not positive");
        for (var grid = ImageSize / SwinEdges.Patch; grid > Window; grid /= 2)
        {
            if (grid % Window != 0) check.Fail("window_size", $"{Window} does not divide {grid}, the tokens on a side of a stage");
        }

        check.Positive(Depths!.Select(depth => ("depths", depth)));
        check.Positive(ImageHeads!.Select(heads => ("vision_num_heads", heads)));
        check.Divisible(ImageHeads!.Select((heads, stage) => ("vision_num_heads", PatchSize << stage, heads)));
        check.Divisible(("text_hidden_size", TextHiddenSize, TextHeads));
        check.Probabilities(
            ("drop_path_rate", DropPath), ("text_hidden_dropout_prob", TextDropout), ("text_attention_probs_dropout_prob", TextAttentionDropout));
        if (MaxTokens < 1) check.Fail("text_max_position_embeddings", $"{MaxPositions} leaves no room for a text");
        var most = Math.Min(TextLayers, Depths![2] + Depths[3]);
        if (FusedBlocks < Depths[3] || FusedBlocks > most)
        {
            check.Fail(
                "num_fuse_block",
                $"{FusedBlocks} is not in [{Depths[3]}, {most}]: all blocks of the last stage are fused, and each with a text layer of its own");
        }

        if (FusionKind is not ("gated" or "ungated" or "merged")) check.Fail("fusion", $"'{FusionKind}' is neither 'gated', 'ungated' nor 'merged'");
        if (!(TextEpsilon >= 0)) check.Fail("text_layer_norm_eps", $"{TextEpsilon} is negative");
    }

    private Classifier ClassifierOf(string name) => new(name + ".3")
    {
        Hidden = (name + ".0", 2 * HiddenSize),
        LayerNorm = name + ".1",
        NormalizesFirst = true,
        Epsilon = SwinBlock.Epsilon,
        DecaysGain = true,
    };
}
