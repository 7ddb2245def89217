using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>Masked language modelling (Devlin et al. 2019): cross entropy, averaged over the tokens that were chosen.</summary>
internal static class MaskedTokenObjective
{
    /// <summary>The label of a token that is not predicted.</summary>
    public const long NotPredicted = -1;

    /// <summary>The loss; 0 where no token is predicted, for which the reference has no number.</summary>
    /// <param name="logits">[B, L, vocabulary].</param>
    /// <param name="labels">The word at each place, or -1, Int64 [B, L].</param>
    public static Tensor Loss(Tensor logits, Tensor labels)
    {
        if (logits.dim() != 3 || !logits.shape[..2].SequenceEqual(labels.shape))
        {
            throw new ArgumentException(
                "Expected logits [batch, tokens, words] and labels [batch, tokens], "
                + $"found [{string.Join(", ", logits.shape)}] and [{string.Join(", ", labels.shape)}].");
        }

        var count = Scalars.With(NotPredicted, labels.ne).sum().ToInt64();
        var sum = F.cross_entropy(
            logits.reshape(-1, logits.shape[2]), labels.reshape(-1), ignore_index: NotPredicted, reduction: nn.Reduction.Sum);
        return Scalars.With(1.0 / Math.Max(1, count), sum.mul);
    }
}
