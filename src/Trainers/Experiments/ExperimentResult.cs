using Microsoft.ML;

namespace MLNet.VisionLanguage;

/// <summary>What an experiment found; disposing it disposes the model.</summary>
public sealed class ExperimentResult : IDisposable
{
    internal ExperimentResult(ITransformer model, IEstimator<ITransformer> pipeline, TrialResult bestTrial, IReadOnlyList<TrialResult> trials) =>
        (Model, Pipeline, BestTrial, Trials) = (model, pipeline, bestTrial, trials);

    /// <summary>The best trial's model, an ordinary transformer; of several folds or repetitions the best one's.</summary>
    public ITransformer Model { get; }

    /// <summary>The best trial's pipeline, to be fitted anew, say to all rows. It was made for the first fold.</summary>
    public IEstimator<ITransformer> Pipeline { get; }

    /// <summary>The trial with the best metric of those that completed.</summary>
    public TrialResult BestTrial { get; }

    /// <summary>All trials in their order, those of the checkpoint included.</summary>
    public IReadOnlyList<TrialResult> Trials { get; }

    /// <inheritdoc/>
    public void Dispose() => (Model as IDisposable)?.Dispose();
}
