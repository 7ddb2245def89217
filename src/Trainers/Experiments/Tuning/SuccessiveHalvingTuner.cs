namespace MLNet.VisionLanguage;

/// <summary>
/// Asynchronous successive halving (Li et al. 2020, "A system for massively parallel hyperparameter tuning"; here in the form that stops trials, so
/// that none is trained twice): after 1, 3, 9, ... epochs a trial goes on only if it is among the best third of all that came so far.
/// </summary>
/// <param name="inner">Proposes the parameters.</param>
/// <param name="minEpochs">The epochs of a trial before it is looked at for the first time.</param>
/// <param name="factor">Of how many trials one goes on, and how many times longer until it is looked at again.</param>
public sealed class SuccessiveHalvingTuner(ITuner inner, int minEpochs = 1, int factor = 3) : ITuner
{
    private readonly int _minEpochs = minEpochs >= 1 ? minEpochs : throw new ArgumentOutOfRangeException(nameof(minEpochs), minEpochs, "At least 1 is needed.");
    private readonly int _factor = factor >= 2 ? factor : throw new ArgumentOutOfRangeException(nameof(factor), factor, "At least 2 is needed.");
    private readonly Dictionary<int, List<double>> _rungs = [];

    /// <summary>Parameters drawn by chance.</summary>
    /// <param name="space">What there is to choose.</param>
    /// <param name="seed">Decides what is drawn.</param>
    /// <param name="minEpochs">The epochs of a trial before it is looked at for the first time.</param>
    /// <param name="factor">Of how many trials one goes on.</param>
    public SuccessiveHalvingTuner(SearchSpace space, int seed = 1, int minEpochs = 1, int factor = 3)
        : this(new RandomTuner(space, seed), minEpochs, factor)
    {
    }

    /// <inheritdoc/>
    public TrialParameters? Propose(int trialId) => inner.Propose(trialId);

    /// <inheritdoc/>
    public bool GoesOn(int trialId, int epoch, double loss)
    {
        if (!IsRung(epoch)) return true;
        if (!_rungs.TryGetValue(epoch, out var losses)) losses = _rungs[epoch] = [];

        // Of equals the first goes before: on the plateau where learning begins all are equal, and no more than a third is to go on.
        var before = losses.Count(other => other <= loss);
        losses.Add(loss);
        return !double.IsNaN(loss) && before < Math.Max(1, losses.Count / _factor);
    }

    /// <inheritdoc/>
    public void Update(TrialResult result) => inner.Update(result);

    private bool IsRung(int epoch)
    {
        long rung = _minEpochs;
        while (rung < epoch) rung *= _factor;
        return rung == epoch;
    }
}
