using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Heads;

/// <summary>Brings a checkpoint of a reference together with the model it should be.</summary>
internal static class CheckpointMatcher
{
    /// <summary>
    /// Matches with a model, its task's head, which need not be one that its reference publishes, and all heads that are; nothing is refused yet.
    /// </summary>
    public static ParameterMatch Match(Checkpoint checkpoint, TaskNetwork network)
    {
        var found = network.Head.Classes is var (output, _) ? Classes(checkpoint, network.Model, output) : null;
        var own = (found is { } classes ? network with { Head = network.Head.WithClasses(classes) } : network).Parameters();
        var names = own.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        return Match(checkpoint, network.Model, [.. own, .. Published(checkpoint, network.Model).Where(other => !names.Contains(other.Name))]);
    }

    /// <summary>Matches with some parameters of a model.</summary>
    public static ParameterMatch Match(Checkpoint checkpoint, VisionLanguageModel model, IEnumerable<ModelParameter> parameters) =>
        ParameterMatch.Match(checkpoint, parameters.Select(parameter => parameter.Spec), model.CheckpointNames);

    /// <summary>Refuses what cannot do the task: other heads may be missing, the trunk and the task's may not.</summary>
    /// <exception cref="CheckpointMismatchException">It is of another architecture or size, or has another number of answers.</exception>
    public static void Require(Checkpoint checkpoint, ParameterMatch match, TaskNetwork network)
    {
        var needed = network.Parameters().Where(parameter => parameter.Role != ParameterRole.Unused)
            .Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        match.ThrowIfIncompatible(
            network.ToString(), checkpoint.Path, name => !needed.Contains(name), ModelKinds.Describe(checkpoint.Names));
        if (network.Head.Classes is var (output, classes) && Classes(checkpoint, network.Model, output) is { } found && found != classes)
        {
            throw new CheckpointMismatchException(
                $"Checkpoint '{checkpoint.Path}': {network.Head} tells {found} answers apart; the list has {classes}.")
            {
                Match = match,
            };
        }
    }

    private static IReadOnlyList<ModelParameter> Published(Checkpoint checkpoint, VisionLanguageModel model) => ShapedInputs.List(
        model,
        engine => model.BuildPublishedHeads(
            engine, model.Build(engine, ShapedInputs.Of(model, slot: true)), output => Classes(checkpoint, model, output) ?? 1));

    /// <summary>The number of classes of a classifier in the file, by its last linear; null where it has none.</summary>
    private static int? Classes(Checkpoint checkpoint, VisionLanguageModel model, string output)
    {
        var bias = output + ".bias";
        var name = checkpoint.Names.FirstOrDefault(n =>
            CheckpointNames.Candidates(CheckpointNames.Normalize(n), model.CheckpointNames).Contains(bias));
        return name is null ? null : checked((int)checkpoint[name].Count);
    }
}
