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
