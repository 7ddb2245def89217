using MLNet.VisionLanguage.Architectures;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Heads;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>A checkpoint of VILBertForVLTasks, or of a part of it with an answer classifier, held against the model it should be.</summary>
internal static class ViLbertCheckpoint
{
    /// <summary>The decoder of words is the word table; files may hold it twice, once or under either name.</summary>
    private static readonly ParameterMatchOptions Names = new()
    {
        Aliases = new Dictionary<string, string> { ["cls.predictions.decoder.weight"] = "bert.embeddings.word_embeddings.weight" },
    };

    /// <summary>Brings the checkpoint together with the whole model; nothing is refused yet.</summary>
    public static ParameterMatch Match(Checkpoint checkpoint, ViLbertConfig model)
    {
        int vqa = Answers(checkpoint, AnswerGraph.VqaHead.Name) ?? 1, gqa = Answers(checkpoint, AnswerGraph.GqaHead.Name) ?? 1;
        return ParameterMatch.Match(checkpoint, ViLbertPlan.Trunk(model).Concat(ViLbertPlan.TaskHeads(model, vqa, gqa)), Names);
    }

    /// <summary>Refuses what cannot answer questions: other heads may be missing, the trunk and the classifier may not.</summary>
    /// <exception cref="CheckpointMismatchException">The checkpoint is of another architecture or size, or has another number of answers.</exception>
    public static void Require(Checkpoint checkpoint, ParameterMatch match, ViLbertConfig model, string head, int answers)
    {
        var needed = ViLbertPlan.Trunk(model).Concat(ViLbertPlan.Classifier(head, model.CoAttentionSize, 2 * model.CoAttentionSize, answers))
            .Select(spec => spec.Name).Where(name => !IsUnused(name)).ToHashSet(StringComparer.Ordinal);
        match.ThrowIfIncompatible($"ViLBERT with the classifier {head}", checkpoint.Path, name => !needed.Contains(name));
        if (Answers(checkpoint, head) is { } found && found != answers)
        {
            throw new CheckpointMismatchException(
                $"Checkpoint '{checkpoint.Path}': its classifier {head} tells {found} answers apart; the list has {answers}.");
        }
    }

    /// <summary>Two linears of each co-attention that the reference saves but never runs.</summary>
    private static bool IsUnused(string name) => name.Contains(".biOutput.q_dense", StringComparison.Ordinal);

    private static int? Answers(Checkpoint checkpoint, string head)
    {
        var bias = head + ".logit_fc.3.bias";
        var name = checkpoint.Names.FirstOrDefault(n => CheckpointNames.Normalize(n) == bias);
        return name is null ? null : checked((int)checkpoint[name].Count);
    }
}
