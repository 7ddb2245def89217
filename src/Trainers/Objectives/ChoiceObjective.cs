using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>
/// One of several exclusive choices (vilbert/task_utils.py, type VL-logit): cross entropy over a row's options, averaged over the rows.
/// Multiple choice, retrieval among distractors and the alignment of caption and image are such.
/// </summary>
internal static class ChoiceObjective
{
    /// <param name="logits">[B, options].</param>
    /// <param name="chosen">The right option of each row, Int64 [B].</param>
    public static Tensor Loss(Tensor logits, Tensor chosen)
    {
        CheckShapes(logits, chosen);
        return F.cross_entropy(logits, chosen);
    }

    /// <summary>Each option by itself (vcr/modules, CLASSIFIER_SIGMOID): binary cross entropy, right options weighing more.</summary>
    /// <param name="logits">[B, options].</param>
    /// <param name="chosen">The right option of each row, Int64 [B].</param>
    /// <param name="weight">What a right option counts, a wrong one counting 1; the mean is scaled by (w + 1) / 2w.</param>
    public static Tensor LossOfEach(Tensor logits, Tensor chosen, double weight)
    {
        CheckShapes(logits, chosen);
        var targets = F.one_hot(chosen, logits.shape[1]).to_type(logits.dtype);
        var weights = Scalars.Add(Scalars.With(weight - 1, targets.mul), 1.ToScalar());
        return Scalars.With((weight + 1) / (2 * weight), F.binary_cross_entropy_with_logits(logits, targets, weights).mul);
    }

    /// <summary>The number of rows whose largest logit is the right option's.</summary>
    public static Tensor Score(Tensor logits, Tensor chosen)
    {
        CheckShapes(logits, chosen);
        return logits.argmax(1).eq(chosen).to_type(ScalarType.Float32).sum();
    }

    /// <summary>Scores of rows that are an option each, row = question × options + option, side by side: [B, options].</summary>
    /// <param name="scores">[B × options, 1].</param>
    /// <param name="options">Options of a question.</param>
    public static Tensor SideBySide(Tensor scores, int options)
    {
        if (options < 1 || scores.numel() % options != 0)
            throw new ArgumentException($"{scores.numel()} scores are not questions of {options} options.", nameof(scores));
        return scores.reshape(-1, options);
    }

    private static void CheckShapes(Tensor logits, Tensor chosen)
    {
        if (logits.dim() != 2 || chosen.dim() != 1 || logits.shape[0] != chosen.shape[0])
        {
            throw new ArgumentException(
                "Expected logits [batch, options] and a choice for each row, "
                + $"found [{string.Join(", ", logits.shape)}] and [{string.Join(", ", chosen.shape)}].");
        }

        if (chosen.numel() == 0) return;
        long least = chosen.min().ToInt64(), most = chosen.max().ToInt64();
        if (least < 0 || most >= logits.shape[1])
            throw new ArgumentException($"A choice is {(least < 0 ? least : most)}; there are {logits.shape[1]} options.", nameof(chosen));
    }
}
