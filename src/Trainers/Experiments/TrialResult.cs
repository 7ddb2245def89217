using System.Text.Json.Serialization;

namespace MLNet.VisionLanguage;

/// <summary>What a trial is to do.</summary>
/// <param name="TrialId">Its number, from 0.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Seed">The seed of its weights, batch order and dropout; further repetitions count on from it.</param>
public sealed record TrialSettings(int TrialId, TrialParameters Parameters, int Seed);

/// <summary>How a trial ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TrialState>))]
public enum TrialState
{
    /// <summary>It was trained and measured.</summary>
    Completed,

    /// <summary>The tuner ended it after an epoch, as others were better by then; it has no model.</summary>
    Stopped,

    /// <summary>It has no result: it diverged, ran out of memory or time, crashed or could not begin. <see cref="TrialResult.Error"/> says why.</summary>
    Failed,
}

/// <summary>An epoch of a trial's training.</summary>
/// <param name="Run">The fold and repetition, from 0.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Loss">Mean loss of the training rows.</param>
/// <param name="TrainingScore">Mean score of the training rows, as the trainer has it: for answers the soft accuracy, 0..1.</param>
/// <param name="ValidationScore">The same of the validation rows; null when the pipeline gives the trainer none.</param>
/// <param name="Seconds">Seconds since the trial began.</param>
public sealed record TrialEpoch(int Run, int Epoch, double Loss, double TrainingScore, double? ValidationScore, double Seconds);

/// <summary>What came of a trial.</summary>
public sealed record TrialResult
{
    /// <summary>What it was to do.</summary>
    public required TrialSettings TrialSettings { get; init; }

    /// <summary>How it ended.</summary>
    public TrialState State { get; init; }

    /// <summary>
    /// The experiment's metric on the validation rows: the mean over folds and repetitions. Of a stopped trial the trainer's validation score
    /// where it was stopped, of a failed one NaN.
    /// </summary>
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    public double Metric { get; init; } = double.NaN;

    /// <summary>The metric such that less is better; infinite of a failed trial. Tuners go by it.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    public double Loss { get; init; } = double.PositiveInfinity;

    /// <summary>The metric of each fold and repetition.</summary>
    public IReadOnlyList<double> Metrics { get; init; } = [];

    /// <summary>The sample standard deviation of <see cref="Metrics"/>; 0 of a single one.</summary>
    public double Deviation { get; init; }

    /// <summary>How long it took.</summary>
    public double DurationInSeconds { get; init; }

    /// <summary>
    /// The most resident memory while it ran, in 2²⁰ bytes: its own process's, or, of a trial in this process, that of all this process did.
    /// </summary>
    public double PeakMemoryInMegaByte { get; init; }

    /// <summary>Its epochs.</summary>
    public IReadOnlyList<TrialEpoch> LearningCurve { get; init; } = [];

    /// <summary>Why it failed; null otherwise.</summary>
    public string? Error { get; init; }

    /// <summary>The file of its model, from the experiment's folder; null once another was better, and where there is none.</summary>
    public string? ModelPath { get; init; }
}
