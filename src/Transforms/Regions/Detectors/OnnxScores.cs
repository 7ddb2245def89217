namespace MLNet.VisionLanguage;

/// <summary>The scores among a detector's outputs, for each box in the order of the boxes.</summary>
public sealed record OnnxScores
{
    /// <summary>The outputs, one after the other: a column a class, or the score of the box's only class, see <see cref="Numbers"/>.</summary>
    public IReadOnlyList<OnnxOutput> Outputs { get; init; } = ["scores"];

    /// <summary>What makes probabilities of them.</summary>
    public OnnxActivation Activation { get; init; }

    /// <summary>Which column is that of no class.</summary>
    public OnnxBackground Background { get; init; }

    /// <summary>The outputs with how likely a box has anything in it, one after the other; empty for none.</summary>
    public IReadOnlyList<OnnxOutput> Objectness { get; init; } = [];

    /// <summary>What makes probabilities of these.</summary>
    public OnnxActivation ObjectnessActivation { get; init; }

    /// <summary>A box's score is score^ScorePower × objectness^ObjectnessPower.</summary>
    public float ScorePower { get; init; } = 1;

    /// <summary>A box's score is score^ScorePower × objectness^ObjectnessPower.</summary>
    public float ObjectnessPower { get; init; } = 1;

    /// <summary>The output with the number of each box's class, where the scores are of one class a box; null for none.</summary>
    public OnnxOutput? Numbers { get; init; }

    /// <summary>The number of the first class in <see cref="Numbers"/>.</summary>
    public int FirstNumber { get; init; }

    internal IEnumerable<(string Option, string Problem)> Problems()
    {
        const string name = nameof(OnnxDetector.Scores);
        if (Outputs is not { Count: > 0 }) yield return (name, "an output at least is expected");
        if (Objectness is null) yield return ($"{name}.{nameof(Objectness)}", "it is missing");
        var outputs = (Outputs ?? []).Concat(Objectness ?? []).Concat(Numbers is null ? [] : [Numbers]);
        foreach (var problem in outputs.Select(output => output.Problem).OfType<string>()) yield return (name, problem);
        if (!(ScorePower > 0) || !(ObjectnessPower > 0)) yield return ($"{name}.{nameof(ScorePower)}", "powers above 0 are expected");
        if (ObjectnessActivation == OnnxActivation.Softmax) yield return ($"{name}.{nameof(ObjectnessActivation)}", "one value has no softmax");
    }
}
