using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Optimization;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>What LXMERT's pre-training wants of a batch; -1 is no label, and null asks for nothing.</summary>
/// <param name="Tokens">The masked words, Int64 [B, L].</param>
/// <param name="Matches">1 where text and image belong together, Int64 [B].</param>
/// <param name="Objects">The detector's objects, Int64 [B, N].</param>
/// <param name="ObjectConfidences">How sure the detector is of them, [B, N]; masked or not.</param>
/// <param name="Attributes">The detector's attributes, Int64 [B, N].</param>
/// <param name="AttributeConfidences">How sure the detector is of them, [B, N].</param>
/// <param name="Features">The regions' features before masking, [B, N, visual_feat_dim].</param>
/// <param name="FeatureMask">1 where a region was masked, [B, N].</param>
/// <param name="Answers">Rows of the table of answers, Int64 [B].</param>
internal sealed record LxmertTargets(
    Tensor Tokens, Tensor Matches, Tensor? Objects, Tensor? ObjectConfidences, Tensor? Attributes, Tensor? AttributeConfidences,
    Tensor Features, Tensor FeatureMask, Tensor? Answers);

/// <summary>The losses of LXRTPretraining (src/lxrt/modeling.py), which are added up.</summary>
internal static class LxmertPretrainingObjective
{
    /// <summary>One over the share of regions that are masked: brings a mean over all regions to the size of one over the masked.</summary>
    private const double OverMaskedShare = 1 / 0.15;

    /// <summary>Masked words, matching, objects, attributes, features, answers, in the reference's order.</summary>
    public static Tensor[] Losses(LxmertPredictions<Tensor> predictions, LxmertTargets targets) =>
    [
        MaskedTokens.LossOrZero(predictions.Tokens, targets.Tokens),
        MaskedTokens.Loss(predictions.Matches, targets.Matches),
        .. Detected(predictions.Objects, targets.Objects, targets.ObjectConfidences),
        .. Detected(predictions.Attributes, targets.Attributes, targets.AttributeConfidences),
        Weighted(F.smooth_l1_loss(predictions.Features, targets.Features, nn.Reduction.None).mean([2]), targets.FeatureMask),
        .. targets.Answers is { } answers && predictions.Answers is { } logits ? [MaskedTokens.Loss(logits, answers)] : Array.Empty<Tensor>(),
    ];

    private static Tensor[] Detected(Tensor logits, Tensor? labels, Tensor? confidences) =>
        labels is null || confidences is null ? [] : [Weighted(MaskedTokens.LossPerPlace(logits, labels), confidences)];

    private static Tensor Weighted(Tensor losses, Tensor weights) => Scalars.With(OverMaskedShare, losses.mul(weights).mean().mul);
}
