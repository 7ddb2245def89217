using MLNet.VisionLanguage.Optimization;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>Referring expressions (refcoco/modules): which objects the expression means.</summary>
internal static class ReferringObjective
{
    /// <summary>Binary cross entropy, the mean over all objects of the batch.</summary>
    /// <param name="logits">[B, N].</param>
    /// <param name="targets">1 for an object that is meant, else 0; anything for padding, [B, N].</param>
    /// <param name="mask">1.0 for an object, 0.0 for padding, [B, N].</param>
    public static Tensor Loss(Tensor logits, Tensor targets, Tensor mask)
    {
        var losses = F.binary_cross_entropy_with_logits(logits, targets.mul(mask), reduction: nn.Reduction.None);
        return losses.mul(mask).sum().div(mask.sum());
    }
}

/// <summary>One choice of several (vcr/modules): the logits [B, choices] of which one is right, Int64 [B].</summary>
internal static class ChoiceObjective
{
    /// <summary>Each choice by itself (CLASSIFIER_SIGMOID): binary cross entropy, right choices weighing more.</summary>
    /// <param name="logits">[B, choices].</param>
    /// <param name="right">Int64 [B].</param>
    /// <param name="weight">What a right choice counts, a wrong one counting 1; the mean is scaled by (w + 1) / 2w.</param>
    public static Tensor EachAlone(Tensor logits, Tensor right, double weight)
    {
        var targets = F.one_hot(right, logits.shape[1]).to_type(logits.dtype);
        var weights = Scalars.With(1L, Scalars.With(weight - 1, targets.mul).add);
        return Scalars.With((weight + 1) / (2 * weight), F.binary_cross_entropy_with_logits(logits, targets, weights).mul);
    }

    /// <summary>The choices against each other: cross entropy.</summary>
    public static Tensor AgainstOthers(Tensor logits, Tensor right) => MaskedTokens.Loss(logits, right);
}
