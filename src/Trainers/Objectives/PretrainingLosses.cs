using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Optimization;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>What pre-training learns from (vilbert/vilbert.py, BertForMultiModalPreTraining).</summary>
/// <param name="Words">The word at each place, or -1, Int64 [B, L].</param>
/// <param name="RegionTargets">Classes or features of the detector's regions, [B, R - 1, numbers].</param>
/// <param name="Regions">1 where a region is predicted, Int64 [B, R - 1].</param>
/// <param name="Replaced">0 for a caption of the image, 1 for another's, Int64 [B].</param>
internal sealed record PretrainingTargets(Tensor Words, Tensor RegionTargets, Tensor Regions, Tensor Replaced);

/// <summary>The three losses of pre-training.</summary>
internal sealed record PretrainingLosses(Tensor Words, Tensor Regions, Tensor Alignment)
{
    /// <param name="logits">What the model predicts.</param>
    /// <param name="targets">What is right.</param>
    /// <param name="kind">What a region is predicted as.</param>
    /// <param name="negatives">The other regions; needed with <see cref="RegionTarget.Contrast"/> only.</param>
    public static PretrainingLosses Of(
        PretrainingLogits<Tensor> logits, PretrainingTargets targets, RegionTarget kind, ContrastiveNegatives? negatives = null)
    {
        // The whole image is never predicted.
        var regions = logits.Regions.slice(1, 1, logits.Regions.shape[1], 1);
        return new(
            MaskedTokens.LossOrZero(logits.Tokens, targets.Words),
            kind switch
            {
                RegionTarget.Classes => MaskedRegionObjective.ClassLoss(regions, targets.RegionTargets, targets.Regions),
                RegionTarget.Features => MaskedRegionObjective.FeatureLoss(regions, targets.RegionTargets, targets.Regions),
                _ => MaskedRegionObjective.Contrast(
                    regions, targets.RegionTargets, targets.Regions,
                    (negatives ?? throw new ArgumentNullException(nameof(negatives))).Places()).Loss(),
            },
            ChoiceObjective.Loss(logits.Alignment, targets.Replaced));
    }

    /// <summary>Their sum.</summary>
    /// <param name="regionWeight">The factor on the regions' loss.</param>
    public Tensor Total(double regionWeight = 1)
    {
        var regions = regionWeight == 1 ? Regions : Scalars.With(regionWeight, Regions.mul);
        return Scalars.Add(Scalars.Add(Words, regions), Alignment);
    }
}
