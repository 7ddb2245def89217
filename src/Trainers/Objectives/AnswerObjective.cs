using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>
/// Visual question answering as soft multi-label classification (vilbert/task_utils.py, type VL-classifier): binary cross entropy with
/// logits, averaged over all entries, times the number of answers. The score of a row is the target of the answer with the largest logit.
/// </summary>
internal static class AnswerObjective
{
    /// <param name="logits">[B, answers].</param>
    /// <param name="targets">Soft scores 0..1, [B, answers].</param>
    public static Tensor Loss(Tensor logits, Tensor targets)
    {
        CheckShapes(logits, targets);
        return Scalars.With(logits.shape[1], F.binary_cross_entropy_with_logits(logits, targets).mul);
    }

    /// <summary>The same against one right answer alone, the one with the largest target (LXMERT's --mceLoss): cross entropy.</summary>
    public static Tensor BestAnswerLoss(Tensor logits, Tensor targets)
    {
        CheckShapes(logits, targets);
        return Scalars.With(logits.shape[1], MaskedTokens.Loss(logits, targets.argmax(1)).mul);
    }

    /// <summary>The sum over the rows of each row's score.</summary>
    public static Tensor Score(Tensor logits, Tensor targets) => ScorePerAnswer(logits, targets).sum();

    /// <summary>The targets where the answer has its row's largest logit, else 0; [B, answers] (compute_score_with_logits).</summary>
    public static Tensor ScorePerAnswer(Tensor logits, Tensor targets)
    {
        CheckShapes(logits, targets);
        var chosen = logits.argmax(1).unsqueeze(1);
        return torch.zeros_like(targets).scatter(1, chosen, targets.gather(1, chosen));
    }

    internal static void CheckShapes(Tensor logits, Tensor targets)
    {
        if (logits.dim() != 2 || !logits.shape.SequenceEqual(targets.shape))
        {
            throw new ArgumentException(
                "Expected logits and targets of one shape [batch, answers], "
                + $"found [{string.Join(", ", logits.shape)}] and [{string.Join(", ", targets.shape)}].");
        }
    }
}
