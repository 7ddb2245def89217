using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage.Tasks.Detection;

/// <summary>The rows of a detector's run: read, split, named, and drawn as batches.</summary>
internal sealed class DetectionData : IDisposable
{
    /// <summary>What every object is like where nothing is said of it.</summary>
    private const string Unknown = "unknown";

    private readonly RegionDetectorOptions _options;
    private readonly DetectionRows _rows;

    /// <summary>Reads the rows of views.</summary>
    /// <param name="options">The options.</param>
    /// <param name="seed">The seed of split, order and draws.</param>
    /// <param name="folder">Where pixels lie meanwhile.</param>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows; null holds out a share of the training rows, if the options say so.</param>
    public DetectionData(RegionDetectorOptions options, int seed, string folder, IDataView input, IDataView? validation)
    {
        _options = options;
        var columns = options.Objects;
        foreach (var view in validation is null ? [input] : new[] { input, validation })
            DetectionRows.Check(nameof(RegionDetectorTrainer), columns, view.Schema);
        var classes = new NameNumbers(options.Regions.Classes ?? Keys(options.LabelsColumnName));
        var attributes = new NameNumbers(columns.Attributes is { } name ? options.Regions.Attributes ?? Keys(name) : options.Regions.Attributes ?? [Unknown]);
        _rows = new(nameof(RegionDetectorTrainer), columns, classes, attributes, folder);
        try
        {
            var rows = _rows.Read(input, "training data");
            var split = validation is null ? DetectionSplit.Of(options, seed, rows) : new(rows, []);
            long[] finalClasses = classes.Close(), finalAttributes = attributes.Close();
            foreach (var row in rows) Renumber(row, finalClasses, finalAttributes);
            if (validation is not null) split = split with { Held = _rows.Read(validation, "validation data") };
            if (classes.Names.Count == 0) throw new InvalidDataException($"{nameof(RegionDetectorTrainer)}: the training data has no objects.");
            Classes = classes.Names;
            Attributes = attributes.Names is { Count: > 0 } names ? names : [Unknown];
            Batches = new(split.Training, split.Held, options.BatchSize, seed, Draw);
        }
        catch
        {
            _rows.Dispose();
            throw;
        }

        IReadOnlyList<string>? Keys(string column) =>
            input.Schema[column] is { } found && found.Annotations.Schema.GetColumnOrNull("KeyValues") is not null ? LabelTexts.KeyTexts(found) : null;
    }

    public DetectionBatches Batches { get; }

    /// <summary>What classes are called.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>What attributes are called.</summary>
    public IReadOnlyList<string> Attributes { get; }

    /// <summary>What tells these rows from others.</summary>
    public IEnumerable<(string Name, object? Value)> Identity() => [("data", _rows.Digest()), ("classes", Classes), ("attributes", Attributes)];

    public void Dispose() => _rows.Dispose();

    private DrawnImage Draw(DetectionRow row, Random random, bool varies)
    {
        var isFlipped = varies && random.NextDouble() < _options.FlipProbability;
        var detector = _options.Detector;
        if (varies && _options.ShorterSides is { } sides)
        {
            var side = sides[random.Next(sides.Count)];
            detector = detector with { ShorterSide = side, LongerSide = Math.Max(side, detector.LongerSide) };
        }

        return new(_rows.Pixels(row), row, isFlipped, FasterRcnnNetwork.ResizedSize(detector, row.Height, row.Width));
    }

    private static void Renumber(DetectionRow row, long[] classes, long[] attributes)
    {
        var (labels, described) = (row.Objects.Classes, row.Objects.Attributes);
        for (var i = 0; i < labels.Length; i++) labels[i] = classes[labels[i]];
        for (var i = 0; i < described.Length; i++)
            if (described[i] >= 0) described[i] = attributes[described[i]];
    }
}
