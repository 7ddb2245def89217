using Microsoft.ML;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage.Tasks.Detection;

/// <summary>The rows of a run of a detector that reads: read, split, and drawn as batches.</summary>
internal sealed class GroundedData : IDisposable
{
    private readonly DetectionRows _rows;

    /// <summary>Reads the rows of views.</summary>
    /// <param name="run">The run.</param>
    /// <param name="options">The options.</param>
    /// <param name="settings">What the detector is asked.</param>
    /// <param name="tokenizer">Of its texts.</param>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows; null holds out a share of the training rows, if the options say so.</param>
    public GroundedData(
        DetectorRun run, TextDetectorTrainerOptions options, TextDetectorSettings settings, TextTokenizer tokenizer, IDataView input,
        IDataView? validation)
    {
        var columns = options.Objects(settings.Use);
        foreach (var view in validation is null ? [input] : new[] { input, validation }) DetectionRows.Check(settings.Name, columns, view.Schema);

        // Phrases are whatever the rows say.
        var phrases = new NameNumbers(settings.Use == TextDetectorUse.Objects ? [.. settings.Classes.Union(options.OtherClasses)] : null);
        _rows = new(settings.Name, columns, phrases, new NameNumbers([]), run.Folder);
        try
        {
            var rows = _rows.Read(input, "training data");
            var split = validation is null
                ? DetectionSplit.Of(options, run.Setup.Seed, rows)
                : new(rows, _rows.Read(validation, "validation data"));
            Phrases = phrases.Names;
            var draw = new GroundedDraw(settings.Detector, tokenizer, Phrases, options.TrainingSides, options.FlipProbability);
            Batches = new(
                split.Training, split.Held, options.BatchSize, run.Setup.Seed,
                (row, random, varies) => draw.Draw(row, _rows.Pixels(row), random, varies));
        }
        catch
        {
            _rows.Dispose();
            throw;
        }
    }

    public DetectionBatches Batches { get; }

    /// <summary>All that boxes are called.</summary>
    public IReadOnlyList<string> Phrases { get; }

    /// <summary>What tells these rows from others.</summary>
    public IEnumerable<(string Name, object? Value)> Identity() => [("data", _rows.Digest()), ("phrases", Phrases)];

    public void Dispose() => _rows.Dispose();
}
