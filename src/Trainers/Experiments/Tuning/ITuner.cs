namespace MLNet.VisionLanguage;

/// <summary>
/// Chooses what an experiment tries. A tuner is a function of its seed and of what it is told: told the same again, as an experiment that goes on
/// from a checkpoint does, it proposes the same.
/// </summary>
public interface ITuner
{
    /// <summary>The parameters of the next trial.</summary>
    /// <param name="trialId">Its number, from 0; each is asked for once, in order.</param>
    /// <returns>The parameters; null when there is nothing left to try.</returns>
    TrialParameters? Propose(int trialId);

    /// <summary>Whether a running trial is to go on.</summary>
    /// <param name="trialId">Its number.</param>
    /// <param name="epoch">The epoch that ended, from 1.</param>
    /// <param name="loss">The validation score then, negated: less is better.</param>
    bool GoesOn(int trialId, int epoch, double loss) => true;

    /// <summary>Takes the result of a trial that was proposed.</summary>
    /// <param name="result">The result; less of its <see cref="TrialResult.Loss"/> is better.</param>
    void Update(TrialResult result);
}
