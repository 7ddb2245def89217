using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>Texts with images and whether they belong together.</summary>
/// <param name="Ids">Int64 [pairs, L].</param>
/// <param name="Masks">Int64 [pairs, L].</param>
/// <param name="Pixels">[pairs, …].</param>
/// <param name="Labels">1 where they do, Int64 [pairs].</param>
internal sealed record LabelledPairs(Tensor Ids, Tensor Masks, Tensor Pixels, Tensor Labels);

/// <summary>
/// Whether a text and an image belong together (coarse_grained/fiber/modules/objectives.py, compute_itm and compute_itm_hardneg): mean cross
/// entropy of two classes, of which 1 says they do.
/// </summary>
internal static class MatchObjective
{
    /// <summary>
    /// Every pair of a batch, then each image with another text, then each text with another image; the reference's order, 3 B pairs.
    /// </summary>
    /// <param name="ids">Int64 [B, L].</param>
    /// <param name="masks">Int64 [B, L].</param>
    /// <param name="pixels">[B, …].</param>
    /// <param name="otherIds">A text for each image that is not its own, Int64 [B, L].</param>
    /// <param name="otherMasks">Its mask.</param>
    /// <param name="otherPixels">An image for each text that is not its own.</param>
    public static LabelledPairs WithNegatives(
        Tensor ids, Tensor masks, Tensor pixels, Tensor otherIds, Tensor otherMasks, Tensor otherPixels)
    {
        var rows = ids.shape[0];
        long[] size = [rows];
        var none = torch.zeros(size, dtype: ScalarType.Int64, device: ids.device);
        var labels = torch.cat([torch.ones_like(none), none, none], 0);
        return new(
            torch.cat([ids, otherIds, ids], 0), torch.cat([masks, otherMasks, masks], 0), torch.cat([pixels, pixels, otherPixels], 0), labels);
    }

    /// <summary>The labels of a batch of which so many rows take another image: half of the rows, rounded down, are pairs.</summary>
    public static long[] DrawLabels(int rows, Random random)
    {
        long[] labels = [.. Enumerable.Range(0, rows).Select(row => row < rows / 2 ? 1L : 0)];
        random.Shuffle(labels);
        return labels;
    }

    /// <summary>The images of pairs: their own where the label is 1, else another.</summary>
    public static Tensor Images(Tensor own, Tensor other, Tensor labels) =>
        torch.where(Scalars.With(1, labels.eq).reshape([-1, .. Enumerable.Repeat(1L, (int)own.dim() - 1)]), own, other);

    /// <param name="logits">[pairs, 2].</param>
    /// <param name="labels">Int64 [pairs].</param>
    public static Tensor Loss(Tensor logits, Tensor labels) => F.cross_entropy(logits, labels);
}
