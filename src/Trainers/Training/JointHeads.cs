using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Training;

/// <summary>The parameters of several tasks in one model: the trunk's are one, and a head's where two tasks mean the same by it.</summary>
internal sealed class JointHeads
{
    private static readonly IReadOnlyDictionary<string, string> AsTheyAre = new Dictionary<string, string>();

    private readonly Dictionary<string, (ModelParameter Parameter, IReadOnlyList<string> Names)> _union = new(StringComparer.Ordinal);
    private readonly List<ModelParameter> _parameters = [];

    /// <summary>All parameters, in the order of the tasks.</summary>
    public IReadOnlyList<ModelParameter> Parameters => _parameters;

    /// <summary>Adds a task's.</summary>
    /// <param name="name">The task, by which a head of its own is called.</param>
    /// <param name="member">The task.</param>
    /// <returns>The names here of its parameters that have another.</returns>
    public IReadOnlyDictionary<string, string> Add(string name, JointMember member)
    {
        var parameters = member.Parameters();
        var isOwn = parameters.Any(parameter => parameter.IsHead && _union.TryGetValue(parameter.Name, out var known)
            && !(known.Parameter.Shape.SequenceEqual(parameter.Shape) && known.Names.SequenceEqual(member.Names)));
        var names = isOwn
            ? parameters.Where(parameter => parameter.IsHead).ToDictionary(parameter => parameter.Name, parameter => $"{name}/{parameter.Name}")
            : AsTheyAre;
        foreach (var parameter in parameters)
        {
            var here = parameter with { Name = names.GetValueOrDefault(parameter.Name, parameter.Name) };
            if (_union.TryAdd(here.Name, (here, member.Names))) _parameters.Add(here);
        }

        return names;
    }
}
