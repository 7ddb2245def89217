using MLNet.VisionLanguage.Data;

namespace MLNet.VisionLanguage;

/// <summary>Draws each trial's parameters by chance; the first trial has the defaults.</summary>
/// <param name="space">What there is to choose.</param>
/// <param name="seed">Decides what is drawn.</param>
public sealed class RandomTuner(SearchSpace space, int seed = 1) : ITuner
{
    /// <inheritdoc/>
    public TrialParameters? Propose(int trialId) => trialId == 0 ? space.Default() : space.Sample(new Random(Seeds.Mix(seed, trialId)));

    /// <inheritdoc/>
    public void Update(TrialResult result)
    {
    }
}
