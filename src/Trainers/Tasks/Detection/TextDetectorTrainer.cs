using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Detection;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage;

/// <summary>
/// Trains FIBER's detector (Dou et al. 2022, the fine-grained stage) on images, what is said of them, and boxes. What it makes saves as one
/// plain ML.NET zip.
/// </summary>
/// <typeparam name="TTransformer">What the detector is asked.</typeparam>
public sealed class TextDetectorTrainer<TTransformer> : IEstimator<TTransformer>
    where TTransformer : TextDetectorTransformer
{
    private readonly MLContext _context;
    private readonly TextDetectorUse _use;
    private readonly TextVocabulary _vocabulary;
    private readonly IReadOnlyList<string> _classes;
    private readonly TextDetectorTrainerOptions _options;
    private readonly IHost _host;
    private readonly int _seed;

    internal TextDetectorTrainer(
        MLContext context, TextDetectorUse use, TextVocabulary vocabulary, IReadOnlyList<string> classes, TextDetectorTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_context, _use, _vocabulary, _classes, _options) = (context, use, vocabulary, classes, options);
        _seed = options.Seed ?? Seeds.Of(context);
        _host = ((IHostEnvironment)context).Register(GetType().Name, _seed);
        Settings();
    }

    /// <summary>Trains on all rows.</summary>
    /// <param name="input">Rows with the options' columns.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidDataException">There are no rows, or one is damaged.</exception>
    /// <exception cref="OperationCanceledException">Training was stopped.</exception>
    public TTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var settings = Settings();
        foreach (var requirement in settings.Requirements()) requirement.Check(input.Schema);
        TorchRuntime.EnsureLoaded();
        using var channel = _host.Start("Training");
        var rows = GroundedRows.Read(settings.Name, input, Columns());
        var threads = get_num_threads();
        set_num_threads(_options.Threads > 0 ? _options.Threads : Environment.ProcessorCount);
        try
        {
            using var parameters = Create(settings.Detector, channel);
            Train(settings, rows, parameters, channel);
            return Make(settings, parameters, input);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    /// <summary>The schema after the transformer.</summary>
    /// <param name="inputSchema">The schema before it.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var settings = Settings();
        foreach (var requirement in settings.Requirements()) requirement.Check(inputSchema);
        var chain = new TextDetectorChain(_context.Transforms, settings, _vocabulary);
        using var graph = OnnxModelFolder.Create(TextDetectorGraph.Skeleton().WriteTo);
        return chain.Build(column => inputSchema.First(found => found.Name == column).ItemType, chain.Finding(graph)).Build().GetOutputSchema(inputSchema);
    }

    private TextDetectorSettings Settings() => TextDetectorSettings.Create(
        _use, _options.ImageColumnName, _use == TextDetectorUse.Objects ? null : _options.TextColumnName, _classes, _vocabulary,
        new()
        {
            // What starts from nothing has a row for each token.
            Detector = _options.InitialWeights is null ? _options.Detector with { VocabularySize = _vocabulary.Count } : _options.Detector,
            Uncased = _options.Uncased,
        });

    private GroundedColumns Columns() => new(
        _options.ImageColumnName, _use == TextDetectorUse.Objects ? null : _options.TextColumnName, _options.BoxesColumnName,
        _use == TextDetectorUse.Expression ? null : _options.LabelsColumnName);

    private ModelParameters Create(FiberDetectorConfig config, IChannel channel)
    {
        var place = _options.Device switch
        {
            TrainingDevice.Cpu => CPU,
            TrainingDevice.Cuda when !cuda.is_available() =>
                throw new InvalidOperationException("Option Device: Cuda was asked for, but libtorch finds no CUDA device."),
            TrainingDevice.Cuda => device("cuda:0"),
            _ => cuda.is_available() ? device("cuda:0") : CPU,
        };
        var parameters = new ModelParameters(FiberDetectorNetwork.Parameters(config), place);
        try
        {
            var isFresh = _options.InitialWeights is null;
            parameters.Initialize(isFresh ? WeightInitialization.Xavier : WeightInitialization.Normal, 0.02, _seed);
            DetectorInitialization.Draw(parameters, _seed, opensGates: isFresh);
            if (_options.InitialWeights is { } path) Load(parameters, path, channel);
            return parameters;
        }
        catch
        {
            parameters.Dispose();
            throw;
        }
    }

    private void Load(ModelParameters parameters, string path, IChannel channel)
    {
        using var checkpoint = Checkpoint.Open(path, _options.InitialStateDictionary);
        IReadOnlyList<string> missing;
        if (CoarseWeights.IsCoarse(checkpoint.Names))
        {
            missing = parameters.Load(new CoarseSource(checkpoint, CoarseWeights.Match(
                parameters.Specs.Select(spec => spec.Spec), checkpoint.Names.Select(name => new ParameterSpec(name, checkpoint[name].Shape)))));
        }
        else
        {
            var match = ParameterMatch.Match(checkpoint, parameters.Specs.Select(spec => spec.Spec), new());
            if (match.Mismatched.Count > 0 || match.Missing.Count == parameters.Specs.Count)
                match.ThrowIfIncompatible("FIBER's detector", path, _ => false, ModelKinds.Describe(checkpoint.Names));
            missing = parameters.Load(match);
        }

        if (missing.Count == parameters.Specs.Count) throw new InvalidDataException($"'{path}' has no weight of FIBER's detector.");
        Say(channel, $"Weights are from '{path}'; {missing.Count} of {parameters.Specs.Count} parameters start fresh.");
    }

    private void Train(TextDetectorSettings settings, List<GroundedRow> rows, ModelParameters parameters, IChannel channel)
    {
        var plan = new BatchPlan(rows.Count, _options.BatchSize, _seed);
        long updates = (long)_options.Epochs * plan.BatchesPerEpoch;
        var rates = new DetectorRates(_options.LearningRate, _options.TextLearningRate, _options.WeightDecay);
        using var optimizer = new TransformerOptimizer(
            OptimizerKind.AdamW,
            [.. parameters.Specs.Where(spec => !spec.IsFixed && spec.Role != ParameterRole.Unused).Select(spec => new ParameterGroup(
                spec.Name, parameters[spec.Name], rates.Of(spec.Name).Rate, rates.Of(spec.Name).Decay))],
            0.9, 0.999, 1e-8, correctBias: true);
        using var average = _options.AverageDecay > 0 ? new ParameterAverage(parameters, _options.AverageDecay) : null;
        using var task = new GroundedTask(parameters, settings.Detector, average, _options.GradientCheckpointing);
        var draw = new GroundedDraw(
            settings.Detector, _vocabulary.CreateTokenizer(settings.Uncased), _use == TextDetectorUse.Objects ? settings.Classes : [],
            _options.TrainingSides, _options.FlipProbability);
        var loop = new TrainingLoop<GroundedBatch>(
            task, optimizer, Schedule(updates),
            new() { Epochs = _options.Epochs, GradientClipping = _options.GradientClipping, Seed = _seed, ReportEvery = _options.ReportEvery },
            new TrainingCheckpoints(TemporaryFiles.Folder, resumable: false), Report);
        Say(channel, $"{rows.Count} training rows, {settings.Name}, {parameters.Specs.Sum(spec => spec.Count)} parameters, on {parameters.Device}.");
        loop.Run(new TrainingState { Run = [] }, plan.BatchesPerEpoch, Epoch, validation: null, _options.Cancellation);
        if (average is null) return;
        average.Follow();
        average.Settle();

        IEnumerable<GroundedBatch> Epoch(int epoch, int first) => Prefetch.Run(
            plan.Epoch(epoch).Index().Skip(first),
            batch =>
            {
                var random = new Random(Seeds.Mix(_seed, ((long)epoch * plan.BatchesPerEpoch) + batch.Index));
                return new GroundedBatch([.. batch.Item.Select(row => draw.Draw(rows[row], random))], _vocabulary.PaddingId);
            });

        void Report(TrainingProgress progress)
        {
            Say(channel, $"Epoch {progress.Epoch}/{progress.Epochs}, update {progress.Update}/{progress.Updates}: loss {progress.Loss:F4}, "
                + $"overlap {progress.TrainingScore:F4}, {progress.RowsPerSecond:F1} rows/s.");
            _options.Progress?.Report(progress);
        }
    }

    /// <summary>The published run's proportions.</summary>
    private ScheduleFactor Schedule(long updates) => new(_options.Schedule, _options.WarmupProportion * updates, updates)
    {
        Start = 0.001,
        Steps = [Math.Floor(0.67 * updates), Math.Floor(0.89 * updates)],
        StepFactor = 0.1,
    };

    private TTransformer Make(TextDetectorSettings settings, ModelParameters parameters, IDataView input)
    {
        var chain = new TextDetectorChain(_context.Transforms, settings, _vocabulary);
        var graph = chain.CreateGraph(parameters.AsSource());
        try
        {
            var inner = chain.Build(column => input.Schema[column].Type, chain.Finding(graph)).Build().Fit(input);
            return (TTransformer)TextDetectorTransformer.Make(inner, settings, graph);
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    private static void Say(IChannel channel, string text) => channel.Info(MessageSensitivity.None, "{0}", text);
}
