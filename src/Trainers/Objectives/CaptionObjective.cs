using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>
/// Captions word by word (coarse_grained/fiber/modules/objectives.py, compute_caption_mle; fiber_module.py, compute_caption_gold): at each place
/// the next word is the right one.
/// </summary>
internal static class CaptionObjective
{
    /// <summary>Below this no word counts in the off-policy loss.</summary>
    private const double LeastWeight = 0.1;

    private const double Epsilon = 1e-9;

    /// <summary>The next word of each place, <see cref="MaskedTokens.None"/> where there is only padding; Int64 [B, L].</summary>
    /// <param name="ids">Int64 [B, L].</param>
    /// <param name="padding">The word that fills texts up.</param>
    public static Tensor Labels(Tensor ids, long padding)
    {
        var next = torch.cat([ids.slice(1, 1, ids.shape[1], 1), Scalars.With(padding, word => torch.full_like(ids.slice(1, 0, 1, 1), word))], 1);
        return Scalars.With(MaskedTokens.None, none => next.masked_fill(Scalars.With(padding, next.eq), none));
    }

    /// <summary>Mean cross entropy of all words of the batch (maximum likelihood).</summary>
    /// <param name="logits">[B, L, vocabulary].</param>
    /// <param name="labels">What <see cref="Labels"/> gave.</param>
    public static Tensor Loss(Tensor logits, Tensor labels) => MaskedTokens.Loss(logits, labels);

    /// <summary>The share of all words of the batch that have the largest logit.</summary>
    /// <inheritdoc cref="Loss"/>
    public static Tensor RightShare(Tensor logits, Tensor labels)
    {
        var words = Scalars.With(MaskedTokens.None, labels.ne);
        return logits.argmax(-1).eq(labels).logical_and(words).sum().to_type(ScalarType.Float32).div(words.sum());
    }

    /// <summary>
    /// The off-policy loss GOLD (Pang and He 2021): words that a frozen copy of the model thinks likely, and that likely words follow, count
    /// more. A caption's sum is divided by how many places of PADDING it has, as the reference does.
    /// </summary>
    /// <param name="logits">[B, L, vocabulary].</param>
    /// <param name="frozen">The same of the frozen copy.</param>
    /// <param name="labels">What <see cref="Labels"/> gave.</param>
    public static Tensor OffPolicyLoss(Tensor logits, Tensor frozen, Tensor labels)
    {
        var words = Scalars.With(MaskedTokens.None, labels.ne).to_type(ScalarType.Float32);
        var weights = OffPolicyWeights(frozen, labels, words);
        var losses = MaskedTokens.LossPerPlace(logits, labels).mul(weights).sum(1);
        return losses.div(Scalars.Add(Scalars.Add(words.neg(), 1.0.ToScalar()).sum(1), Epsilon.ToScalar())).mean();
    }

    /// <summary>
    /// What written captions cost (fiber_module.py, compute_caption_cider): the sum over an image's captions of the mean log-probability times
    /// how much worse than something else the caption is, averaged over the images.
    /// </summary>
    /// <param name="means">Mean log-probabilities, [B · samples], an image's one after another.</param>
    /// <param name="advantages">How much better each caption is than what it is compared with, as many.</param>
    /// <param name="samples">Captions of an image.</param>
    public static Tensor RewardLoss(Tensor means, float[] advantages, int samples)
    {
        if (means.Dimensions != 1 || means.shape[0] != advantages.Length || advantages.Length % samples != 0)
        {
            throw new ArgumentException(
                $"Expected means of {advantages.Length} captions, {samples} an image, found [{string.Join(", ", means.shape)}].");
        }

        using var better = torch.tensor(advantages, device: means.device);
        return Scalars.With(-(double)samples, means.mul(better).mean().mul);
    }

    /// <summary>How much better captions are than the mean of their image's others.</summary>
    /// <param name="rewards">An image's one after another.</param>
    /// <param name="samples">Captions of an image, at least two.</param>
    public static float[] OverOthers(IReadOnlyList<double> rewards, int samples) =>
    [
        .. rewards.Chunk(samples).SelectMany(own => own.Select(reward => (float)(reward - ((own.Sum() - reward) / (samples - 1))))),
    ];

    private static Tensor OffPolicyWeights(Tensor frozen, Tensor labels, Tensor words)
    {
        using var untracked = no_grad();
        var likely = frozen.detach().softmax(-1).gather(2, Scalars.With(0L, labels.clamp_min).unsqueeze(2)).squeeze(2).mul(words);
        Tensor FromHere(Tensor values) => values.flip(1).cumsum(1).flip(1);
        var mean = FromHere(likely).div(Scalars.With(1, FromHere(words).clamp_min));
        return Scalars.With(LeastWeight, likely.mul(mean).clamp_min);
    }
}
