using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>Cross entropy over places of which only some have a label, such as masked words.</summary>
internal static class MaskedTokens
{
    /// <summary>The label of a place that has none.</summary>
    public const long None = -1;

    /// <summary>The mean over all labelled places; NaN where there is none, as in the references.</summary>
    /// <param name="logits">[..., classes].</param>
    /// <param name="labels">Int64 [...], <see cref="None"/> where a place has no label.</param>
    public static Tensor Loss(Tensor logits, Tensor labels) => Loss(logits, labels, nn.Reduction.Mean);

    /// <summary>The mean over all labelled places; 0 where there is none, so that such a batch does not end a run.</summary>
    public static Tensor LossOrZero(Tensor logits, Tensor labels)
    {
        var count = Scalars.With(None, labels.ne).sum().ToInt64();
        return Scalars.With(1.0 / Math.Max(1, count), Loss(logits, labels, nn.Reduction.Sum).mul);
    }

    /// <summary>Each place's own, 0 where it has no label, in the labels' shape.</summary>
    public static Tensor LossPerPlace(Tensor logits, Tensor labels) => Loss(logits, labels, nn.Reduction.None).reshape(labels.shape);

    private static Tensor Loss(Tensor logits, Tensor labels, nn.Reduction reduction)
    {
        if (!logits.shape.AsSpan(..^1).SequenceEqual(labels.shape))
        {
            throw new ArgumentException(
                $"Expected logits [..., classes] and labels [...], found [{string.Join(", ", logits.shape)}] and "
                + $"[{string.Join(", ", labels.shape)}].");
        }

        return F.cross_entropy(logits.reshape(-1, logits.shape[^1]), labels.reshape(-1), ignore_index: None, reduction: reduction);
    }
}
