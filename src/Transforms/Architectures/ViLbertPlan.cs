using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Architectures;

/// <summary>
/// ViLBERT's encoder as a plan, with the parameter names of vilbert/vilbert.py. Between two co-attentions the text layers that are due
/// run before the image layers; after the last one the remaining image layers run before the remaining text layers.
/// </summary>
internal static class ViLbertPlan
{
    /// <param name="config">Sizes and schedule.</param>
    /// <param name="prefix">What the names of the trunk start with: "bert." in task models, "" in a bare encoder.</param>
    public static EncoderPlan Encoder(ViLbertConfig config, string prefix = "bert.")
    {
        var text = new BertLayers(
            Modality.Text, config.TextHeads, config.HiddenSize, config.TextIntermediateSize,
            Activations.Parse("hidden_act", config.TextActivation), config.AttentionDropout, config.Dropout);
        var image = new BertLayers(
            Modality.Image, config.ImageHeads, config.ImageHiddenSize, config.ImageIntermediateSize,
            Activations.Parse("v_hidden_act", config.ImageActivation), config.ImageAttentionDropout, config.ImageDropout);

        var sublayers = new List<Sublayer>();
        int nextText = 0, nextImage = 0;
        for (var k = 0; k < config.TextLayersBeforeCoAttention.Count; k++)
        {
            RunText(config.TextLayersBeforeCoAttention[k]);
            RunImage(config.ImageLayersBeforeCoAttention[k]);
            if (config.CoAttention) sublayers.AddRange(CoAttention(config, prefix, k, text, image));
        }

        RunImage(config.ImageLayers);
        RunText(config.TextLayers);
        return new EncoderPlan(config.HiddenSize, config.ImageHiddenSize, sublayers);

        void RunText(int until)
        {
            for (; nextText < until; nextText++)
                sublayers.AddRange(text.Layer($"{prefix}encoder.layer.{nextText}", $"layer.{nextText}", $"attention.t.{nextText}"));
        }

        void RunImage(int until)
        {
            for (; nextImage < until; nextImage++)
            {
                sublayers.AddRange(image.Layer(
                    $"{prefix}encoder.v_layer.{nextImage}", $"v_layer.{nextImage}", $"attention.v.{nextImage}", config.DynamicAttention));
            }
        }
    }

    /// <summary>
    /// One connection layer: tokens attend to regions and regions to tokens, then each stream's feed-forward. "1" names the image side,
    /// "2" the text side.
    /// </summary>
    private static IEnumerable<Sublayer> CoAttention(ViLbertConfig config, string prefix, int k, BertLayers text, BertLayers image)
    {
        var layer = $"{prefix}encoder.c_layer.{k}";
        var pair = layer + ".biattention";
        var output = layer + ".biOutput";
        yield return new AttentionSublayer(
            new Attend(
                Modality.Text, Modality.Image,
                new AttentionNames(pair + ".query2", pair + ".key1", pair + ".value1", output + ".dense2", output + ".LayerNorm2"),
                config.CoAttentionHeads, config.CoAttentionSize, config.ImageAttentionDropout, config.Dropout)
            {
                ProbabilityMark = $"attention.c.{k}.attn1",
            },
            new Attend(
                Modality.Image, Modality.Text,
                new AttentionNames(pair + ".query1", pair + ".key2", pair + ".value2", output + ".dense1", output + ".LayerNorm1"),
                config.CoAttentionHeads, config.CoAttentionSize, config.AttentionDropout, config.ImageDropout)
            {
                ProbabilityMark = $"attention.c.{k}.attn2",
            });
        yield return new FeedForwardSublayer(
            Modality.Image, layer + ".v_intermediate.dense", layer + ".v_output", image.Intermediate, image.Activation, config.ImageDropout)
        {
            Mark = $"c_layer.{k}.v",
        };
        yield return new FeedForwardSublayer(
            Modality.Text, layer + ".t_intermediate.dense", layer + ".t_output", text.Intermediate, text.Activation, config.Dropout)
        {
            Mark = $"c_layer.{k}.t",
        };
    }

    /// <summary>The parameters of the trunk: embeddings, encoder and poolers, those included that checkpoints hold but nothing uses.</summary>
    public static IEnumerable<ParameterSpec> Trunk(ViLbertConfig config, string prefix = "bert.")
    {
        int text = config.HiddenSize, image = config.ImageHiddenSize, pair = config.CoAttentionSize;
        string words = prefix + "embeddings.", regions = prefix + "v_embeddings.";
        yield return Specs.Table(words + "word_embeddings", config.VocabularySize, text);
        yield return Specs.Table(words + "position_embeddings", config.MaxPositions, text);
        yield return Specs.Table(words + "token_type_embeddings", config.TokenTypes, text);
        if (config.TaskTokens) yield return Specs.Table(words + "task_embeddings", TaskRows, text);
        var modules = new IEnumerable<ParameterSpec>[]
        {
            Specs.LayerNorm(words + "LayerNorm", text),
            Specs.Linear(regions + "image_embeddings", config.RegionFeatureSize, image),
            Specs.Linear(regions + "image_location_embeddings", LocationSize, image),
            Specs.LayerNorm(regions + "LayerNorm", image),
            Encoder(config with { CoAttention = true }, prefix).Parameters(),
            Enumerable.Range(0, config.TextLayersBeforeCoAttention.Count).SelectMany(k => new[]
            {
                // The reference builds these two linears and saves them, but no forward pass reads them.
                Specs.Linear($"{prefix}encoder.c_layer.{k}.biOutput.q_dense1", pair, image),
                Specs.Linear($"{prefix}encoder.c_layer.{k}.biOutput.q_dense2", pair, text),
            }.SelectMany(parameters => parameters)),
            Specs.Linear(prefix + "t_pooler.dense", text, pair),
            Specs.Linear(prefix + "v_pooler.dense", image, pair),
        };
        foreach (var parameter in modules.SelectMany(parameters => parameters)) yield return parameter;
    }

    /// <summary>The parameters of VILBertForVLTasks above the trunk, with the given answer counts (3129 and 1533 in the reference).</summary>
    public static IEnumerable<ParameterSpec> TaskHeads(ViLbertConfig config, int vqaAnswers, int gqaAnswers)
    {
        int text = config.HiddenSize, image = config.ImageHiddenSize, pair = config.CoAttentionSize;
        ParameterSpec[][] heads =
        [
            [new("cls.predictions.bias", [config.VocabularySize])],
            Specs.Transform("cls.predictions.transform", text),
            [Specs.Table("cls.predictions.decoder", config.VocabularySize, text)],
            Specs.Linear("cls.bi_seq_relationship", pair, 2),
            Specs.Transform("cls.imagePredictions.transform", image),
            Specs.Linear("cls.imagePredictions.decoder", image, config.RegionClasses),
            Classifier("vil_prediction", pair, 2 * pair, vqaAnswers),
            Classifier("vil_prediction_gqa", pair, 2 * pair, gqaAnswers),
            Classifier("vil_binary_prediction", 2 * pair, 2 * pair, 2),
            Specs.Linear("vil_logit", pair, 1),
            Specs.Linear("vil_tri_prediction", pair, 3),
            Specs.Linear("vision_logit", image, 1),
            Specs.Linear("linguisic_logit", text, 1),
        ];
        return heads.SelectMany(parameters => parameters);
    }

    /// <summary>SimpleClassifier: linear, gelu, LayerNorm, linear under the names logit_fc.0, .2 and .3.</summary>
    public static ParameterSpec[] Classifier(string name, int inputs, int width, int outputs) =>
    [
        .. Specs.Linear(name + ".logit_fc.0", inputs, width),
        .. Specs.LayerNorm(name + ".logit_fc.2", width),
        .. Specs.Linear(name + ".logit_fc.3", width, outputs),
    ];

    /// <summary>Whether the options fixed_t_layer and fixed_v_layer keep a trunk parameter as it is.</summary>
    public static bool IsFixed(ViLbertConfig config, string name, string prefix = "bert.")
    {
        return Below("embeddings.", "encoder.layer.", config.FixedTextLayers)
            || Below("v_embeddings.", "encoder.v_layer.", config.FixedImageLayers);

        bool Below(string embedding, string layers, int count) =>
            count > 0 && (name.StartsWith(prefix + embedding, StringComparison.Ordinal)
                || Enumerable.Range(0, count).Any(i => name.StartsWith($"{prefix}{layers}{i}.", StringComparison.Ordinal)));
    }

    /// <summary>Numbers that describe a region's place: x1, y1, x2, y2 and area, as fractions of the image.</summary>
    public const int LocationSize = 5;

    /// <summary>Rows of the task token table; the reference fixes it.</summary>
    public const int TaskRows = 20;
}
