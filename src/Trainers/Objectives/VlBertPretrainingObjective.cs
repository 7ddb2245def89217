using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>What VL-BERT's pre-training wants of a batch; -1 is no label.</summary>
/// <param name="Matches">1 where caption and image belong together, Int64 [B]; null where that is not asked.</param>
/// <param name="Tokens">The captions' masked words, Int64 [B, T].</param>
/// <param name="Regions">The detector's distribution over its classes, [B, N, classes]; zeros where an object is not asked for.</param>
/// <param name="Texts">The masked words of the texts without an image, Int64 [A, T]; null when there are none.</param>
internal sealed record VlBertTargets(Tensor? Matches, Tensor Tokens, Tensor Regions, Tensor? Texts);

/// <summary>The losses of pre-training, which are added up.</summary>
/// <param name="Matches">Whether caption and image belong together; null where that is not asked.</param>
/// <param name="Tokens">Masked words of captions.</param>
/// <param name="Texts">Masked words of texts without an image; null when there are none.</param>
/// <param name="Regions">Masked objects.</param>
internal sealed record VlBertLosses(Tensor? Matches, Tensor Tokens, Tensor? Texts, Tensor Regions)
{
    public Tensor Sum() => new[] { Matches, Tokens, Texts, Regions }.OfType<Tensor>().Aggregate(Scalars.Add);
}

/// <summary>VL-BERT's pre-training losses (pretrain/modules).</summary>
internal static class VlBertPretrainingObjective
{
    /// <summary>How far from 1 the sum of a distribution may be.</summary>
    private const double DistributionSlack = 0.1;

    /// <summary>Keeps the division by a row's count from being one by 0.</summary>
    private const double Epsilon = 1e-4;

    /// <param name="predictions">Of captions, then of texts without an image.</param>
    /// <param name="targets">What is wanted.</param>
    /// <param name="rowsFirst">
    /// Whether a word or an object counts within its row first and then the rows alike (*_LOSS_NORM_IN_BATCH_FIRST); otherwise all words,
    /// and all objects, of the batch count alike.
    /// </param>
    public static VlBertLosses Losses(VlBertPredictions<Tensor> predictions, VlBertTargets targets, bool rowsFirst)
    {
        var captions = targets.Tokens.shape[0];
        Tensor OfCaptions(Tensor values) => values.slice(0, 0, captions, 1);
        return new(
            targets.Matches is { } matches && predictions.Matches is { } logits ? MaskedTokens.Loss(OfCaptions(logits), matches) : null,
            Words(OfCaptions(predictions.Tokens), targets.Tokens),
            targets.Texts is { } texts ? Words(predictions.Tokens.slice(0, captions, long.MaxValue, 1), texts) : null,
            Objects(OfCaptions(predictions.Regions), targets.Regions));

        Tensor Words(Tensor words, Tensor labels)
        {
            // Neither side has labels where the other ends: beyond the packed sequence there is only padding.
            var length = Math.Min(words.shape[1], labels.shape[1]);
            (words, labels) = (words.slice(1, 0, length, 1), labels.slice(1, 0, length, 1));
            return rowsFirst
                ? ByRow(MaskedTokens.LossPerPlace(words, labels), Scalars.With(MaskedTokens.None, labels.ne))
                : MaskedTokens.LossOrZero(words, labels);
        }

        Tensor Objects(Tensor regions, Tensor wanted)
        {
            var count = Math.Min(regions.shape[1], wanted.shape[1]);
            (regions, wanted) = (regions.slice(1, 0, count, 1), wanted.slice(1, 0, count, 1));
            var isAsked = Scalars.With(DistributionSlack, Scalars.With(1L, wanted.sum(2).sub).abs().lt);
            var losses = F.log_softmax(regions, -1).mul(wanted).sum(2).neg().mul(isAsked);
            return rowsFirst ? ByRow(losses, isAsked) : losses.sum().div(Scalars.With(1L, isAsked.sum().clamp_min));
        }
    }

    private static Tensor ByRow(Tensor losses, Tensor isAsked)
    {
        var counts = isAsked.sum(1);
        var rows = losses.sum(1).div(Scalars.Add(counts, Epsilon.ToScalar()));
        return rows.sum().div(Scalars.Add(Scalars.With(0L, counts.ne).sum(), Epsilon.ToScalar()));
    }
}
