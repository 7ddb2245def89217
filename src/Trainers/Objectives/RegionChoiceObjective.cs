using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>
/// Which region a text means (vilbert/task_utils.py, types V-logit and V-logit-mc). Each region's target is its overlap with the box that
/// is meant; the loss is <see cref="AnswerObjective.Loss"/> with regions in the place of answers.
/// </summary>
internal static class RegionChoiceObjective
{
    /// <summary>The least overlap at which a region counts as found, not included.</summary>
    private const double FoundAbove = 0.5;

    /// <param name="logits">[B, R].</param>
    /// <param name="targets">Overlaps 0..1, [B, R].</param>
    public static Tensor Loss(Tensor logits, Tensor targets) => AnswerObjective.Loss(logits, targets);

    /// <summary>The number of rows whose chosen region overlaps by more than 0.5.</summary>
    public static Tensor Score(Tensor logits, Tensor targets) =>
        Scalars.With(FoundAbove, Chosen(logits, targets).Overlaps.gt).to_type(ScalarType.Float32).sum();

    /// <summary>The region with each row's largest logit, [B], and its target, [B].</summary>
    public static (Tensor Regions, Tensor Overlaps) Chosen(Tensor logits, Tensor targets)
    {
        AnswerObjective.CheckShapes(logits, targets);
        var regions = logits.argmax(1);
        return (regions, targets.gather(1, regions.unsqueeze(1)).squeeze(1));
    }

    /// <summary>The logits of the regions a row may choose from, [B, choices].</summary>
    /// <param name="logits">[B, R].</param>
    /// <param name="choices">Numbers of boxes, Int64 [B, choices].</param>
    /// <param name="firstBox">The region that box 0 is; the reference has 100 detected regions and the whole image before it.</param>
    public static Tensor Among(Tensor logits, Tensor choices, int firstBox)
    {
        if (logits.dim() != 2 || choices.dim() != 2 || logits.shape[0] != choices.shape[0])
        {
            throw new ArgumentException(
                "Expected logits [batch, regions] and choices [batch, choices], "
                + $"found [{string.Join(", ", logits.shape)}] and [{string.Join(", ", choices.shape)}].");
        }

        var boxes = logits.shape[1] - firstBox;
        if (choices.numel() > 0 && (choices.min().ToInt64() < 0 || choices.max().ToInt64() >= boxes))
            throw new ArgumentException($"A choice is none of the {Math.Max(0, boxes)} boxes.", nameof(choices));
        return logits.slice(1, firstBox, logits.shape[1], 1).gather(1, choices);
    }

    /// <summary>The number of rows whose largest logit is at the largest target.</summary>
    public static Tensor BestScore(Tensor logits, Tensor targets)
    {
        AnswerObjective.CheckShapes(logits, targets);
        return logits.argmax(1).eq(targets.argmax(1)).to_type(ScalarType.Float32).sum();
    }
}
