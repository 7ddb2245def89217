namespace MLNet.VisionLanguage.Training;

/// <summary>
/// Whether a task of several that train together is paused (12-in-1, Lu et al. 2020, "dynamic stop-and-go";
/// vilbert/utils.py, MultiTaskStopOnPlateau with the figures of train_tasks.py): it stops where its validation score no longer rises and
/// goes on where the score falls.
/// </summary>
internal sealed class StopAndGo
{
    /// <summary>Validations without improvement that are borne.</summary>
    private const int Patience = 1;

    /// <summary>Validations after a change of mind during which none of them counts.</summary>
    private const int Cooldown = 1;

    /// <summary>By which part a score must be above the best.</summary>
    private const double Threshold = 0.001;

    /// <summary>By which part a score must be below the best for a stopped task to go on.</summary>
    private const double ContinueThreshold = 0.005;

    /// <summary>The best score so far.</summary>
    public double Best { get; private set; } = double.NegativeInfinity;

    /// <summary>Validations in a row without improvement.</summary>
    public int Bad { get; private set; }

    /// <summary>What is left of the cooldown.</summary>
    public int CoolingDown { get; private set; }

    /// <summary>Whether the task is paused.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>All of it as a checkpoint keeps it; without a best score there was no validation yet.</summary>
    public (double? Best, int Bad, int CoolingDown, bool IsStopped) State
    {
        get => (double.IsNegativeInfinity(Best) ? null : Best, Bad, CoolingDown, IsStopped);
        set => (Best, Bad, CoolingDown, IsStopped) = (value.Best ?? double.NegativeInfinity, value.Bad, value.CoolingDown, value.IsStopped);
    }

    /// <summary>Hears a validation score, of which more is better.</summary>
    public void Hear(double score)
    {
        if (score > Best * (1 + Threshold))
            (Best, Bad) = (score, 0);
        else
            Bad++;

        if (CoolingDown > 0) (CoolingDown, Bad) = (CoolingDown - 1, 0);
        if (Bad > Patience)
            (IsStopped, CoolingDown, Bad) = (true, Cooldown, 0);
        else if (IsStopped && score < Best * (1 - ContinueThreshold))
            (IsStopped, CoolingDown, Bad) = (false, Cooldown, 0);
    }

    /// <summary>Forgets all, as when the learning rate drops.</summary>
    public void Reset() => (Best, Bad, CoolingDown, IsStopped) = (double.NegativeInfinity, 0, 0, false);
}
