using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tasks.Detection;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage;

/// <summary>
/// Trains a Faster R-CNN on images, the boxes of their objects and what these are (Ren et al. 2015; attributes as Anderson et al. 2018): a
/// transformer that finds such objects in images and makes them the regions that vision-and-language models read.
/// </summary>
public sealed class RegionDetectorTrainer : IEstimator<ExtractRegionFeaturesTransformer>
{
    private readonly MLContext _context;
    private readonly RegionDetectorOptions _options;
    private readonly IHost _host;
    private readonly int _seed;

    internal RegionDetectorTrainer(MLContext context, RegionDetectorOptions options)
    {
        options.Validate();
        (_context, _options, _seed) = (context, options, options.Seed ?? Seeds.Of(context));
        _host = ((IHostEnvironment)context).Register(nameof(RegionDetectorTrainer), _seed);
    }

    /// <summary>Trains on the rows of a view.</summary>
    /// <param name="input">The training rows: images with their objects, in the columns the options name.</param>
    /// <returns>The trained transformer.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type, or early stopping has no validation rows to go by.</exception>
    /// <exception cref="InvalidDataException">A row is bad (the message has its position), or nothing can be learnt from the rows.</exception>
    /// <exception cref="CheckpointMismatchException">Nothing in the initial weights fits the detector, or something has another shape.</exception>
    /// <exception cref="OperationCanceledException">The options' cancellation token was cancelled.</exception>
    /// <exception cref="IOException">The checkpoint folder cannot be written to; found before the first row is read.</exception>
    /// <exception cref="DllNotFoundException">libtorch is missing or does not load; the message says what to reference, or why.</exception>
    public ExtractRegionFeaturesTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>Trains on the rows of a view and validates on those of another after every epoch.</summary>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows; null holds out <see cref="LearningOptions.ValidationFraction"/>.</param>
    /// <inheritdoc cref="Fit(IDataView)"/>
    public ExtractRegionFeaturesTransformer Fit(IDataView input, IDataView? validation)
    {
        ArgumentNullException.ThrowIfNull(input);
        return DetectorRun.In(_context, _host, _options, _seed, validation is not null, run =>
        {
            using var data = new DetectionData(_options, _seed, run.Folder, input, validation);
            return Train(run, data, input);
        });
    }

    /// <summary>The columns after training: the input's, and those of what is found.</summary>
    /// <param name="inputSchema">The shape of the training view.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => new ExtractRegionFeaturesEstimator(
        _context.Transforms, _options.ToSettings(_options.Regions.Classes ?? ["?"], _options.Regions.Attributes ?? ["?"]), checkpoint: "", null)
        .GetOutputSchema(inputSchema);

    private ExtractRegionFeaturesTransformer Train(DetectorRun run, DetectionData data, IDataView input)
    {
        var settings = _options.ToSettings(data.Classes, data.Attributes);
        using var parameters = run.Setup.Create(FasterRcnnNetwork.Parameters(settings.Detector), mayStartInPart: true);
        Begin(run.Setup, parameters, settings.Detector);
        Finish(parameters).Dispose();
        var batches = data.Batches;
        run.Setup.Say($"{batches.Training.Count} training images, {batches.Held.Count} validation images, {data.Classes.Count} classes, "
            + $"{data.Attributes.Count} attributes, {parameters.Specs.Sum(spec => spec.Count)} parameters, on {parameters.Device}.");
        var task = new DetectionTask(parameters, settings.Detector, _options);
        task.MeasureNorms(batches.First(), run.Setup.Fresh);
        run.Learn(batches, task, inTwo: true, [.. data.Identity(), ("detector", settings.Detector)]);
        return Finish(parameters);

        ExtractRegionFeaturesTransformer Finish(ModelParameters trained) =>
            new ExtractRegionFeaturesEstimator(_context.Transforms, settings, trained.AsSource()).Fit(input);
    }

    /// <summary>Anchors are no weights that could be drawn.</summary>
    private static void Begin(RunSetup run, ModelParameters parameters, FasterRcnnConfig detector)
    {
        if (run.Fresh.FirstOrDefault(name => name.EndsWith(RegionProposals.AnchorCells, StringComparison.Ordinal)) is not { } name) return;
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        parameters[name].copy_(tensor(Anchors.Cells(detector.AnchorSizes, detector.AnchorRatios)).reshape(-1, 4));
    }
}
