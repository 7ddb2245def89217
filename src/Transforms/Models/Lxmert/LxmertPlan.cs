using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// LXMERT's encoder as a plan (src/lxrt/modeling.py): language layers, object-relationship layers, then cross-modality layers whose
/// exchange uses ONE set of attention parameters in both directions.
/// </summary>
internal static class LxmertPlan
{
    /// <summary>What the names of recorded attention probabilities end with.</summary>
    public const string Attention = ".attention";

    public static EncoderPlan Encoder(LxmertConfig config, string prefix)
    {
        var activation = Activations.Parse("hidden_act", config.Activation);
        var text = new BertLayers(
            Modality.Text, config.Heads, config.HiddenSize, config.IntermediateSize, activation, config.AttentionDropout, config.Dropout);
        var image = text with { Stream = Modality.Image };
        var encoder = prefix + "encoder.";
        return new EncoderPlan(
        [
            .. Enumerable.Range(0, config.LanguageLayers).SelectMany(i => text.Layer($"{encoder}layer.{i}", $"layer.{i}")),
            .. Enumerable.Range(0, config.RelationshipLayers).SelectMany(i => image.Layer($"{encoder}r_layers.{i}", $"r_layers.{i}")),
            .. Enumerable.Range(0, config.CrossLayers).SelectMany(i =>
                CrossLayer(config, $"{encoder}x_layers.{i}", $"x_layers.{i}", activation)),
        ]);
    }

    private static Sublayer[] CrossLayer(LxmertConfig config, string layer, string mark, Activation activation)
    {
        var shared = AttentionNames.Bert(layer + ".visual_attention", "att");
        return
        [
            new AttentionSublayer(
                Direction(Modality.Text, Modality.Image, shared, mark + ".cross.lang"),
                Direction(Modality.Image, Modality.Text, shared, mark + ".cross.visn")),
            new AttentionSublayer(
                Direction(Modality.Text, Modality.Text, AttentionNames.Bert(layer + ".lang_self_att"), mark + ".self.lang")),
            new AttentionSublayer(
                Direction(Modality.Image, Modality.Image, AttentionNames.Bert(layer + ".visn_self_att"), mark + ".self.visn")),
            FeedForward(Modality.Text, "lang"),
            FeedForward(Modality.Image, "visn"),
        ];

        Attend Direction(Modality queries, Modality keys, AttentionNames names, string directionMark) =>
            new(queries, keys, names, config.Heads, config.HiddenSize, config.HiddenSize, config.AttentionDropout, config.Dropout)
            {
                Mark = directionMark,
                ProbabilityMark = directionMark + LxmertPlan.Attention,
            };

        FeedForwardSublayer FeedForward(Modality stream, string side) =>
            new(
                stream, $"{layer}.{side}_inter.dense", $"{layer}.{side}_output", config.IntermediateSize, config.HiddenSize, activation,
                config.Dropout)
            {
                Mark = $"{mark}.{side}",
            };
    }
}
