using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>
/// Masked region modelling (vilbert/vilbert.py, BertForMultiModalPreTraining; its options visual_target 0, 1 and 2). Regions are those of
/// the detector, without the whole image; those whose label is 1 count. Without any the loss is 0.
/// </summary>
internal static class MaskedRegionObjective
{
    /// <summary>The divergence of the predicted classes from the detector's, summed over classes, averaged over masked regions.</summary>
    /// <param name="logits">[B, R, classes].</param>
    /// <param name="targets">The detector's probabilities, [B, R, classes].</param>
    /// <param name="labels">1 where a region counts, Int64 [B, R].</param>
    public static Tensor ClassLoss(Tensor logits, Tensor targets, Tensor labels) =>
        Scalars.With(1.0 / Math.Max(1, Count(labels)), Masked(ClassDivergences(logits, targets), labels).sum().mul);

    /// <summary>target · (log target − log softmax) of every class, [B, R, classes]; 0 where the target is 0.</summary>
    public static Tensor ClassDivergences(Tensor logits, Tensor targets)
    {
        CheckShapes(logits, targets);
        return F.kl_div(F.log_softmax(logits, -1), targets, log_target: false, reduction: nn.Reduction.None);
    }

    /// <summary>The squared error of the predicted features, averaged over masked regions and their numbers.</summary>
    /// <param name="predictions">[B, R, D].</param>
    /// <param name="targets">The features as they were, [B, R, D].</param>
    /// <param name="labels">1 where a region counts, Int64 [B, R].</param>
    public static Tensor FeatureLoss(Tensor predictions, Tensor targets, Tensor labels)
    {
        var count = Math.Max(1, Count(labels) * targets.shape[^1]);
        return Scalars.With(1.0 / count, Masked(FeatureErrors(predictions, targets), labels).sum().mul);
    }

    /// <summary>The squared error of every number, [B, R, D].</summary>
    public static Tensor FeatureErrors(Tensor predictions, Tensor targets)
    {
        CheckShapes(predictions, targets);
        return predictions.sub(targets).square();
    }

    /// <summary>Every masked region's prediction beside its own feature and those of other regions.</summary>
    /// <param name="predictions">[B, R, D].</param>
    /// <param name="targets">The features as they were, [B, R, D].</param>
    /// <param name="labels">1 where a region counts, Int64 [B, R].</param>
    /// <param name="negatives">Places of the others, image × R + region, Int64 [B, R, K].</param>
    public static RegionContrast Contrast(Tensor predictions, Tensor targets, Tensor labels, Tensor negatives)
    {
        CheckShapes(predictions, targets);
        long width = targets.shape[2], others = negatives.shape[^1];
        var own = Scalars.With(1, labels.reshape(-1).eq).nonzero().squeeze(1);
        var predicted = predictions.reshape(-1, width).index_select(0, own);
        var places = torch.cat([own.unsqueeze(1), negatives.reshape(-1, others).index_select(0, own)], 1);
        var candidates = targets.reshape(-1, width).index_select(0, places.reshape(-1)).reshape(-1, 1 + others, width);
        return new(predicted, candidates, torch.bmm(candidates, predicted.unsqueeze(2)).squeeze(2));
    }

    private static long Count(Tensor labels) => Scalars.With(1, labels.eq).sum().ToInt64();

    private static Tensor Masked(Tensor losses, Tensor labels) =>
        losses.mul(Scalars.With(1, labels.eq).to_type(ScalarType.Float32).unsqueeze(-1));

    private static void CheckShapes(Tensor predictions, Tensor targets)
    {
        if (predictions.dim() != 3 || !predictions.shape.SequenceEqual(targets.shape))
        {
            throw new ArgumentException(
                "Expected predictions and targets of one shape [batch, regions, numbers], "
                + $"found [{string.Join(", ", predictions.shape)}] and [{string.Join(", ", targets.shape)}].");
        }
    }
}

/// <summary>The masked regions of a batch and what each may be; candidate 0 is right.</summary>
/// <param name="Predicted">[masked, D].</param>
/// <param name="Candidates">[masked, 1 + K, D].</param>
/// <param name="Scores">Their products, [masked, 1 + K].</param>
internal sealed record RegionContrast(Tensor Predicted, Tensor Candidates, Tensor Scores)
{
    /// <summary>Noise-contrastive loss: cross entropy of the right candidate, averaged over masked regions.</summary>
    public Tensor Loss()
    {
        var masked = Scores.shape[0];
        return masked == 0
            ? Scores.sum()
            : ChoiceObjective.Loss(Scores, torch.zeros(masked, dtype: ScalarType.Int64, device: Scores.device));
    }
}
