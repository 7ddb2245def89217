using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Detection;
using MLNet.VisionLanguage.Training;

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

    /// <summary>Trains on the rows of a view.</summary>
    /// <param name="input">The training rows: images with boxes and what is said of them, in the columns the options name.</param>
    /// <returns>The trained transformer.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type, or early stopping has no validation rows to go by.</exception>
    /// <exception cref="InvalidDataException">A row is bad (the message has its position), or there are none.</exception>
    /// <exception cref="CheckpointMismatchException">Nothing in the initial weights fits the detector, or something has another shape.</exception>
    /// <exception cref="OperationCanceledException">The options' cancellation token was cancelled.</exception>
    /// <exception cref="IOException">The checkpoint folder cannot be written to; found before the first row is read.</exception>
    /// <exception cref="DllNotFoundException">libtorch is missing or does not load; the message says what to reference, or why.</exception>
    public TTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>
    /// Trains on the rows of a view and validates on those of another after every epoch: a row's score is the share of what is said whose best
    /// box overlaps by half with a right one.
    /// </summary>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows; null holds out <see cref="LearningOptions.ValidationFraction"/>.</param>
    /// <inheritdoc cref="Fit(IDataView)"/>
    public TTransformer Fit(IDataView input, IDataView? validation)
    {
        ArgumentNullException.ThrowIfNull(input);
        var settings = Settings();
        foreach (var requirement in settings.Requirements()) requirement.Check(input.Schema);
        return DetectorRun.In(_context, _host, _options, _seed, validation is not null, run =>
        {
            using var data = new GroundedData(run, _options, settings, _vocabulary.CreateTokenizer(settings.Uncased), input, validation);
            return Train(run, data, settings, input);
        });
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

    private TTransformer Train(DetectorRun run, GroundedData data, TextDetectorSettings settings, IDataView input)
    {
        using var parameters = run.Setup.Create(FiberDetectorNetwork.Parameters(settings.Detector), mayStartInPart: true);
        DetectorInitialization.Draw(parameters, run.Setup.Fresh, _seed, opensGates: _options.InitialWeights is null);
        Make(settings, parameters, input).Dispose();
        run.Setup.Say($"{data.Batches.Training.Count} training rows, {data.Batches.Held.Count} validation rows, {settings.Name}, "
            + $"{parameters.Specs.Sum(spec => spec.Count)} parameters, on {parameters.Device}.");
        using var task = new GroundedTask(parameters, settings.Detector, _vocabulary.PaddingId, _options.GradientCheckpointing);
        run.Learn(data.Batches, task, inTwo: false, [.. data.Identity(), ("detector", settings.Detector), ("settings", Digest(settings))]);
        return Make(settings, parameters, input);
    }

    private string Digest(TextDetectorSettings settings) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(settings.ToState(_vocabulary))));

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
}
