using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

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
        var (text, image) = Streams(config);
        var sublayers = new List<Sublayer>();
        int nextText = 0, nextImage = 0;
        for (var k = 0; k < config.TextLayersBeforeCoAttention.Count; k++)
        {
            RunText(config.TextLayersBeforeCoAttention[k]);
            RunImage(config.ImageLayersBeforeCoAttention[k]);
            if (k == 0 && config.Meeting != Meeting.Rows) sublayers.Add(new MeetingSublayer(config.Meeting));
            if (config.CoAttention) sublayers.AddRange(CoAttention(config, prefix, k, text, image));
        }

        RunImage(config.ImageLayers);
        RunText(config.TextLayers);
        return new EncoderPlan(sublayers);

        void RunText(int until)
        {
            for (; nextText < until; nextText++)
            {
                sublayers.AddRange(text.Layer(
                    $"{prefix}encoder.layer.{nextText}", $"layer.{nextText}", $"attention.t.{nextText}",
                    isFixed: nextText < config.FixedTextLayers));
            }
        }

        void RunImage(int until)
        {
            for (; nextImage < until; nextImage++)
            {
                sublayers.AddRange(image.Layer(
                    $"{prefix}encoder.v_layer.{nextImage}", $"v_layer.{nextImage}", $"attention.v.{nextImage}", config.DynamicAttention,
                    isFixed: nextImage < config.FixedImageLayers));
            }
        }
    }

    /// <summary>The connection layers alone.</summary>
    public static EncoderPlan Connections(ViLbertConfig config, string prefix)
    {
        var (text, image) = Streams(config);
        var layers = Enumerable.Range(0, config.TextLayersBeforeCoAttention.Count);
        return new([.. layers.SelectMany(k => CoAttention(config, prefix, k, text, image))]);
    }

    private static (BertLayers Text, BertLayers Image) Streams(ViLbertConfig config) => (
        new(Modality.Text, config.TextHeads, config.HiddenSize, config.TextIntermediateSize,
            Activations.Parse("hidden_act", config.TextActivation), config.AttentionDropout, config.Dropout),
        new(Modality.Image, config.ImageHeads, config.ImageHiddenSize, config.ImageIntermediateSize,
            Activations.Parse("v_hidden_act", config.ImageActivation), config.ImageAttentionDropout, config.ImageDropout));

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
                config.CoAttentionHeads, config.CoAttentionSize, text.Size, config.ImageAttentionDropout, config.Dropout)
            {
                DecaysGain = true, // train_tasks.py spares gains by the name LayerNorm.weight only
                ProbabilityMark = $"attention.c.{k}.attn1",
            },
            new Attend(
                Modality.Image, Modality.Text,
                new AttentionNames(pair + ".query1", pair + ".key2", pair + ".value2", output + ".dense1", output + ".LayerNorm1"),
                config.CoAttentionHeads, config.CoAttentionSize, image.Size, config.AttentionDropout, config.ImageDropout)
            {
                DecaysGain = true,
                ProbabilityMark = $"attention.c.{k}.attn2",
            });
        yield return new FeedForwardSublayer(
            Modality.Image, layer + ".v_intermediate.dense", layer + ".v_output", image.Intermediate, image.Size, image.Activation,
            config.ImageDropout)
        {
            Mark = $"c_layer.{k}.v",
        };
        yield return new FeedForwardSublayer(
            Modality.Text, layer + ".t_intermediate.dense", layer + ".t_output", text.Intermediate, text.Size, text.Activation,
            config.Dropout)
        {
            Mark = $"c_layer.{k}.t",
        };
    }
}
