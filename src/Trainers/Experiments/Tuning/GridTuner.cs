namespace MLNet.VisionLanguage;

/// <summary>Tries every combination of values, each parameter's spread evenly over its range, the last parameter's fastest.</summary>
public sealed class GridTuner : ITuner
{
    private readonly IReadOnlyList<TrialParameters> _trials;

    /// <summary>Tries every combination.</summary>
    /// <param name="space">What there is to choose.</param>
    /// <param name="steps">How many values of a range; a choice has all of its own.</param>
    /// <exception cref="ArgumentException">There are more than a million combinations.</exception>
    public GridTuner(SearchSpace space, int steps = 5)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        var values = space.ToDictionary(parameter => parameter.Name, parameter => parameter.Option.Grid(steps));
        var combinations = values.Values.Aggregate(1.0, (product, one) => product * one.Count);
        if (combinations > MostCombinations)
            throw new ArgumentException($"A grid of {steps} steps has {combinations:F0} combinations; at most {MostCombinations} are tried.", nameof(space));

        // Combinations that differ only in what a condition leaves out are one trial.
        _trials = [.. Enumerable.Range(0, (int)combinations).Select(Combination).Distinct()];

        TrialParameters Combination(int number)
        {
            var digits = new Dictionary<string, object>();
            foreach (var parameter in space.Reverse())
            {
                var own = values[parameter.Name];
                digits[parameter.Name] = own[number % own.Count];
                number /= own.Count;
            }

            return space.Choose(parameter => digits[parameter.Name]);
        }
    }

    private const int MostCombinations = 1_000_000;

    /// <summary>How many trials there are.</summary>
    public int Count => _trials.Count;

    /// <inheritdoc/>
    public TrialParameters? Propose(int trialId) => trialId < _trials.Count ? _trials[trialId] : null;

    /// <inheritdoc/>
    public void Update(TrialResult result)
    {
    }
}
