using Microsoft.ML;
using MLNet.VisionLanguage.Experiments;

namespace MLNet.VisionLanguage;

/// <summary>
/// Searches for the pipeline that does best on given rows: trials with different parameters are trained and measured until time or trials are used
/// up. Made by <see cref="ExperimentExtensions.CreateExperiment"/>; what is set returns the experiment, so that calls can follow one another.
/// </summary>
public sealed partial class VisionLanguageExperiment
{
    private readonly MLContext _context;
    private Func<IReadOnlyList<Fold>>? _folds;
    private SearchSpace? _space;
    private Func<Trial, IEstimator<ITransformer>>? _pipeline;
    private string? _pipelineName;
    private ExperimentMetric _metric = ExperimentMetric.Accuracy;
    private Func<SearchSpace, int, ITuner> _tuner = (space, seed) => new TreeParzenTuner(space, seed);
    private string _tunerName = nameof(ExperimentTuner.TreeParzen);
    private double? _seconds;
    private double? _trialSeconds;
    private int? _trials;
    private double? _megaBytes;
    private string? _checkpoint;
    private IMonitor? _monitor;
    private TrialCommand? _command;
    private int _repetitions = 1;
    private int _seed = 1;

    internal VisionLanguageExperiment(MLContext context) => _context = context;

    /// <summary>The rows to train on, and those that the metric is measured on; no image should be in both.</summary>
    /// <param name="train">The training rows.</param>
    /// <param name="validation">The validation rows.</param>
    public VisionLanguageExperiment SetDataset(IDataView train, IDataView validation)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        _folds = () => [new(train, validation)];
        return this;
    }

    /// <summary>Rows of which a share of the images is held out to measure the metric on.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="validationFraction">The share of the images, 0..1.</param>
    /// <param name="imageColumnName">The column that tells images apart: a text, a number or a key.</param>
    public VisionLanguageExperiment SetDataset(IDataView data, double validationFraction, string imageColumnName = nameof(VqaExample.ImageId))
    {
        ArgumentNullException.ThrowIfNull(data);
        _folds = () =>
        {
            var split = _context.VisionLanguage().TrainTestSplit(data, validationFraction, imageColumnName, _seed);
            return [new(split.TrainSet, split.TestSet)];
        };
        return this;
    }

    /// <summary>Rows for cross-validation: each trial is trained as often as there are folds, and the metric is the mean over them.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="numberOfFolds">How many folds, at least 2; all rows of an image are in one.</param>
    /// <param name="imageColumnName">The column that tells images apart: a text, a number or a key.</param>
    public VisionLanguageExperiment SetDataset(IDataView data, int numberOfFolds, string imageColumnName = nameof(VqaExample.ImageId))
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfFolds, 2);
        _folds = () =>
        [
            .. _context.Data.CrossValidationSplit(data, numberOfFolds, imageColumnName, _seed).Select(fold => new Fold(fold.TrainSet, fold.TestSet)),
        ];
        return this;
    }

    /// <summary>What is searched, and the pipeline of a trial; of any task.</summary>
    /// <param name="space">The parameters.</param>
    /// <param name="pipeline">
    /// Makes a trial's pipeline. Its trainer's options should go through <see cref="Trial.Watch"/>, and its trainer should be given
    /// <see cref="Trial.Validation"/>, so that there are learning curves.
    /// </param>
    public VisionLanguageExperiment SetPipeline(SearchSpace space, Func<Trial, IEstimator<ITransformer>> pipeline)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(pipeline);
        (_space, _pipeline, _pipelineName) = (space, pipeline, null);
        return this;
    }

    /// <summary>What is searched by pipelines of visual question answering, which <see cref="VisualQuestionAnsweringSpace"/> makes.</summary>
    /// <param name="space">The parameters; those of <see cref="VisualQuestionAnsweringSpace.ParameterNames"/>.</param>
    /// <exception cref="ArgumentException">There is a parameter that these pipelines do not have.</exception>
    public VisionLanguageExperiment SetSearchSpace(SearchSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        VisualQuestionAnsweringSpace.Check(space);
        (_space, _pipeline, _pipelineName) = (space, VisualQuestionAnsweringSpace.CreatePipeline, VisualQuestionAnsweringSpace.PipelineName);
        return this;
    }

    /// <summary>What the experiment makes the most of; the soft accuracy of visual question answering where nothing else is said.</summary>
    /// <param name="metric">The metric.</param>
    public VisionLanguageExperiment SetMetric(ExperimentMetric metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        _metric = metric;
        return this;
    }

    /// <summary>The time of all trials; one that runs then is ended and does not count. What a checkpoint has used is included.</summary>
    /// <param name="trainingTimeInSeconds">Seconds.</param>
    public VisionLanguageExperiment SetTrainingTimeInSeconds(double trainingTimeInSeconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trainingTimeInSeconds);
        _seconds = trainingTimeInSeconds;
        return this;
    }

    /// <summary>The longest time of one trial, after which it has failed.</summary>
    /// <param name="trialTimeInSeconds">Seconds.</param>
    public VisionLanguageExperiment SetTrialTimeInSeconds(double trialTimeInSeconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trialTimeInSeconds);
        _trialSeconds = trialTimeInSeconds;
        return this;
    }

    /// <summary>The most trials, those of a checkpoint included.</summary>
    /// <param name="maxModelToExplore">How many, at least 1.</param>
    public VisionLanguageExperiment SetMaxModelToExplore(int maxModelToExplore)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxModelToExplore, 1);
        _trials = maxModelToExplore;
        return this;
    }

    /// <summary>The most resident memory of a trial's process, after which the trial has failed; without trial processes that of this process.</summary>
    /// <param name="megaByte">2²⁰ bytes.</param>
    public VisionLanguageExperiment SetMaximumMemoryUsageInMegaByte(double megaByte)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(megaByte);
        _megaBytes = megaByte;
        return this;
    }

    /// <summary>
    /// A folder for results and the best model. When it holds those of the same experiment, finished trials are not repeated: an experiment that was
    /// killed goes on with the next. Without, they are kept in a temporary folder.
    /// </summary>
    /// <param name="folder">The folder; its trials.jsonl has a finished trial's result a line, as soon as it is finished.</param>
    public VisionLanguageExperiment SetCheckpoint(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _checkpoint = Path.GetFullPath(folder);
        return this;
    }

    /// <summary>Who hears how the experiment goes.</summary>
    /// <param name="monitor">The listener.</param>
    public VisionLanguageExperiment SetMonitor(IMonitor monitor)
    {
        ArgumentNullException.ThrowIfNull(monitor);
        _monitor = monitor;
        return this;
    }

    /// <summary>How trials are chosen; by <see cref="TreeParzenTuner"/> where nothing is said.</summary>
    /// <param name="tuner">One of the tuners of this library.</param>
    public VisionLanguageExperiment SetTuner(ExperimentTuner tuner) => SetTuner(tuner.ToString(), tuner switch
    {
        ExperimentTuner.TreeParzen => (space, seed) => new TreeParzenTuner(space, seed),
        ExperimentTuner.CostFrugal => (space, seed) => new CostFrugalTuner(space, seed),
        ExperimentTuner.Random => (space, seed) => new RandomTuner(space, seed),
        ExperimentTuner.Grid => (space, _) => new GridTuner(space),
        ExperimentTuner.SuccessiveHalving => (space, seed) => new SuccessiveHalvingTuner(space, seed),
        _ => throw new ArgumentOutOfRangeException(nameof(tuner), tuner, "One of the enumeration's is expected."),
    });

    /// <summary>How trials are chosen.</summary>
    /// <param name="create">Makes a tuner of the search space and the seed, anew for each run.</param>
    public VisionLanguageExperiment SetTuner(Func<SearchSpace, int, ITuner> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        return SetTuner("own", create);
    }

    /// <summary>The seed of the tuner, of splits and of every trial's training; 1 where nothing is said.</summary>
    /// <param name="seed">The seed.</param>
    public VisionLanguageExperiment SetSeed(int seed)
    {
        _seed = seed;
        return this;
    }

    /// <summary>How often each trial is trained, with another seed each time; the metric is the mean.</summary>
    /// <param name="repetitions">At least 1.</param>
    public VisionLanguageExperiment SetRepetitions(int repetitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(repetitions, 1);
        _repetitions = repetitions;
        return this;
    }

    /// <summary>
    /// Runs every trial in a process of its own, so that one that crashes natively, takes all memory or never ends has failed and nothing else. The
    /// rows go there as files, so they hold paths of images and not images.
    /// </summary>
    /// <param name="command">The program that runs trials, see <see cref="TrialProcess.TryRun"/>; null for this one.</param>
    public VisionLanguageExperiment SetTrialProcess(TrialCommand? command = null)
    {
        _command = command ?? TrialCommand.ThisProgram();
        return this;
    }

    private VisionLanguageExperiment SetTuner(string name, Func<SearchSpace, int, ITuner> create)
    {
        (_tunerName, _tuner) = (name, create);
        return this;
    }
}
