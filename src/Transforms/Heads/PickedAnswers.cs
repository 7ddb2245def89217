using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Heads;

/// <summary>A classifier that takes the rows of another's, which tells other answers apart, by the answers' texts (load_lxmert_qa).</summary>
/// <param name="Output">The classifier's last linear.</param>
/// <param name="Before">The answers of the other, in order.</param>
/// <param name="Now">Its own.</param>
internal sealed record PickedAnswers(string Output, IReadOnlyList<string> Before, IReadOnlyList<string> Now)
{
    private readonly LxmertAnswerTable _table = new(Before);

    /// <summary>How many of its answers the other has.</summary>
    public int Found => Now.Count(answer => _table.Find(answer) is not null);

    /// <summary>The parameters as the other has them.</summary>
    public IEnumerable<ModelParameter> OfOther(IEnumerable<ModelParameter> parameters) => parameters.Select(parameter =>
        IsRows(parameter.Name) ? parameter with { Shape = [Before.Count, .. parameter.Shape.Skip(1)] } : parameter);

    /// <summary>The other's parameters with the rows picked.</summary>
    /// <param name="path">The checkpoint, for the message.</param>
    /// <param name="match">The checkpoint and the parameters of <see cref="OfOther"/>.</param>
    /// <exception cref="CheckpointMismatchException">The checkpoint has no such classifier, or tells another number of answers apart.</exception>
    public IParameterSource Pick(string path, ParameterMatch match)
    {
        if (match.Found.Keys.Count(IsRows) == 2) return _table.For(match.Source, Output, Now);
        var other = match.Mismatched.Where(mismatch => IsRows(mismatch.Name)).Select(mismatch => $", which tells {mismatch.Found[0]} apart");
        throw new CheckpointMismatchException(
            $"Checkpoint '{path}': the list of its answers has {Before.Count}; that is not its classifier '{Output}'"
            + $"{other.FirstOrDefault(", which is missing")}.")
        {
            Match = match,
        };
    }

    private bool IsRows(string name) => name == Output + ".weight" || name == Output + ".bias";
}
