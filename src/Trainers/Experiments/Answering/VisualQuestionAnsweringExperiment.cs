using Microsoft.ML;

namespace MLNet.VisionLanguage;

/// <summary>Settings of <see cref="VisualQuestionAnsweringExperiment"/>.</summary>
public sealed class VisualQuestionAnsweringExperimentSettings
{
    /// <summary>The time of all trials, in seconds.</summary>
    public uint MaxExperimentTimeInSeconds { get; set; } = 24 * 60 * 60;

    /// <summary>The most trials; null for no limit.</summary>
    public int? MaxModels { get; set; }

    /// <summary>What is tried; null takes <see cref="VisualQuestionAnsweringSpace.Default"/>.</summary>
    public SearchSpace? SearchSpace { get; set; }

    /// <summary>What the experiment makes the most of.</summary>
    public ExperimentMetric OptimizingMetric { get; set; } = ExperimentMetric.Accuracy;

    /// <summary>A folder to go on from, see <see cref="VisionLanguageExperiment.SetCheckpoint"/>; null keeps nothing.</summary>
    public string? CheckpointFolder { get; set; }

    /// <summary>The seed of all that is drawn.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Ends the experiment; the trials so far are the result.</summary>
    public CancellationToken CancellationToken { get; set; }
}

/// <summary>A trial of <see cref="VisualQuestionAnsweringExperiment"/>.</summary>
public sealed class VisualQuestionAnsweringRunDetail
{
    internal VisualQuestionAnsweringRunDetail(TrialResult result) => Result = result;

    /// <summary>The architecture: vilbert, lxmert, ...</summary>
    public string TrainerName => Result.TrialSettings.Parameters.Get(VisualQuestionAnsweringSpace.Model, ViLbertConfig.Base.Kind);

    /// <summary>How long it took.</summary>
    public double RuntimeInSeconds => Result.DurationInSeconds;

    /// <summary>The optimizing metric on the validation rows; NaN when the trial failed.</summary>
    public double ValidationMetric => Result.Metric;

    /// <summary>Why it failed; null otherwise.</summary>
    public string? Error => Result.Error;

    /// <summary>All there is to know of it.</summary>
    public TrialResult Result { get; }
}

/// <summary>What <see cref="VisualQuestionAnsweringExperiment"/> found; disposing it disposes the model.</summary>
public sealed class VisualQuestionAnsweringExperimentResult : IDisposable
{
    private readonly ExperimentResult _result;

    internal VisualQuestionAnsweringExperimentResult(ExperimentResult result, VisualQuestionAnsweringMetrics metrics)
    {
        (_result, BestRunMetrics) = (result, metrics);
        RunDetails = [.. result.Trials.Select(trial => new VisualQuestionAnsweringRunDetail(trial))];
        BestRun = RunDetails.First(run => run.Result.TrialSettings.TrialId == result.BestTrial.TrialSettings.TrialId);
    }

    /// <summary>The best trial.</summary>
    public VisualQuestionAnsweringRunDetail BestRun { get; }

    /// <summary>All trials in their order.</summary>
    public IReadOnlyList<VisualQuestionAnsweringRunDetail> RunDetails { get; }

    /// <summary>The best trial's model.</summary>
    public ITransformer Model => _result.Model;

    /// <summary>The best trial's pipeline, to be fitted anew.</summary>
    public IEstimator<ITransformer> Estimator => _result.Pipeline;

    /// <summary>How the best model, as it was saved, answers the validation rows.</summary>
    public VisualQuestionAnsweringMetrics BestRunMetrics { get; }

    /// <inheritdoc/>
    public void Dispose() => _result.Dispose();
}

/// <summary>
/// An experiment on visual question answering in the manner of ML.NET's older experiments; see
/// <see cref="ExperimentExtensions.CreateVisualQuestionAnsweringExperiment(VisionLanguageCatalog, VisualQuestionAnsweringExperimentSettings)"/>.
/// </summary>
public sealed class VisualQuestionAnsweringExperiment
{
    private readonly MLContext _context;
    private readonly VisualQuestionAnsweringExperimentSettings _settings;

    internal VisualQuestionAnsweringExperiment(MLContext context, VisualQuestionAnsweringExperimentSettings settings) =>
        (_context, _settings) = (context, settings);

    /// <summary>Runs the experiment.</summary>
    /// <param name="trainData">The training rows, with the columns of <see cref="VqaExample"/>.</param>
    /// <param name="validationData">The validation rows, about other images.</param>
    /// <param name="progressHandler">Hears of each trial's end.</param>
    /// <exception cref="InvalidOperationException">No trial completed; the message says why the first one failed.</exception>
    public VisualQuestionAnsweringExperimentResult Execute(
        IDataView trainData, IDataView validationData, IProgress<VisualQuestionAnsweringRunDetail>? progressHandler = null)
    {
        var experiment = _context.VisionLanguage().CreateExperiment()
            .SetDataset(trainData, validationData)
            .SetSearchSpace(_settings.SearchSpace ?? VisualQuestionAnsweringSpace.Default())
            .SetMetric(_settings.OptimizingMetric)
            .SetTrainingTimeInSeconds(_settings.MaxExperimentTimeInSeconds)
            .SetSeed(_settings.Seed);
        if (_settings.MaxModels is { } most) experiment.SetMaxModelToExplore(most);
        if (_settings.CheckpointFolder is { } folder) experiment.SetCheckpoint(folder);
        if (progressHandler is not null) experiment.SetMonitor(new Handler(progressHandler));
        var result = experiment.Run(_settings.CancellationToken);
        return new(result, _context.VisionLanguage().EvaluateVisualQuestionAnswering(result.Model.Transform(validationData)));
    }

    private sealed class Handler(IProgress<VisualQuestionAnsweringRunDetail> progress) : IMonitor
    {
        public void ReportRunningTrial(TrialSettings settings)
        {
        }

        public void ReportCompletedTrial(TrialResult result) => progress.Report(new(result));

        public void ReportBestTrial(TrialResult result)
        {
        }

        public void ReportFailTrial(TrialResult result) => progress.Report(new(result));
    }
}
