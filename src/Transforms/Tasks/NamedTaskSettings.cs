using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tasks;

/// <summary>A task that chooses one of a list of names: a probability for every name, and the name with the largest as a key.</summary>
internal abstract record NamedTaskSettings<TSelf, TTransformer> : TaskSettings<TSelf, TTransformer>
    where TSelf : NamedTaskSettings<TSelf, TTransformer>, new()
    where TTransformer : TaskTransformer
{
    /// <summary>The most probable name, a key with KeyValues.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>The names, in the order of the scores.</summary>
    internal abstract IReadOnlyList<string> Names { get; }

    /// <summary>What messages call a name.</summary>
    private protected abstract string NameTitle { get; }

    internal sealed override IReadOnlyList<string> ChosenNames => CreateHead().Classes is { Classes: > 1 } ? Names : [];

    internal sealed override IReadOnlyList<OutputColumn> Outputs() =>
    [
        new NamedScoresColumn(ScoreColumnName, TaskHead.Score, Names),
        new BestNameColumn(PredictedLabelColumnName, TaskHead.Score, Names),
    ];

    private protected override void ValidateTask()
    {
        if (NameList.Problem(Names, NameTitle) is { } problem) throw new ArgumentException(problem);
        CreateHead();
    }
}

/// <summary>Checks lists of names.</summary>
internal static class NameList
{
    /// <summary>What is wrong with a list; null when nothing is. The empty name is one like others: VQA has it among its 3129 answers.</summary>
    public static string? Problem(IReadOnlyList<string> names, string title)
    {
        if (names.Count == 0) return $"The model has no {title.ToLowerInvariant()}{(title.EndsWith('s') ? "es" : "s")}.";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] is null) return $"{title} {i} is missing.";
            if (!seen.Add(names[i])) return $"{title} {i}, \"{names[i]}\", is in the list twice.";
        }

        return null;
    }
}
