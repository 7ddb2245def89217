using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>
/// A few classes with one-hot targets (vilbert/task_utils.py, types VL-binary-classifier and VL-tri-classifier): binary cross entropy with
/// logits, averaged over all entries. Statement pairs and entailment are such. The score is <see cref="AnswerObjective.Score"/>.
/// </summary>
internal static class ClassObjective
{
    /// <param name="logits">[B, classes].</param>
    /// <param name="targets">1 at the right class, [B, classes].</param>
    public static Tensor Loss(Tensor logits, Tensor targets)
    {
        AnswerObjective.CheckShapes(logits, targets);
        return F.binary_cross_entropy_with_logits(logits, targets);
    }
}
