using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Tasks.Detection;

/// <summary>The rows of a detector's run: read, split, named, and drawn as batches.</summary>
internal sealed class DetectionData : IDisposable
{
    /// <summary>What every object is like where nothing is said of it.</summary>
    private const string Unknown = "unknown";

    /// <summary>Images from which fresh normalisations take their statistics.</summary>
    private const int MeasuredImages = 16;

    /// <summary>The number of the first validation batch among the seeds of batches, downwards; -1 splits the rows.</summary>
    private const long FirstHeldBatch = -2;

    private readonly RegionDetectorOptions _options;
    private readonly DetectionRows _rows;
    private readonly BatchPlan _plan;
    private readonly BatchPlan _heldPlan;
    private readonly int _seed;

    /// <summary>Reads the rows of views.</summary>
    /// <param name="options">The options.</param>
    /// <param name="seed">The seed of split, order and draws.</param>
    /// <param name="folder">Where pixels lie meanwhile.</param>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows; null holds out a share of the training rows, if the options say so.</param>
    public DetectionData(RegionDetectorOptions options, int seed, string folder, IDataView input, IDataView? validation)
    {
        (_options, _seed) = (options, seed);
        var columns = options.Objects;
        foreach (var view in validation is null ? [input] : new[] { input, validation })
            DetectionRows.Check(nameof(RegionDetectorTrainer), columns, view.Schema);
        var classes = new NameNumbers(options.Regions.Classes ?? Keys(columns.Labels));
        var attributes = new NameNumbers(columns.Attributes is { } name ? options.Regions.Attributes ?? Keys(name) : options.Regions.Attributes ?? [Unknown]);
        _rows = new(nameof(RegionDetectorTrainer), columns, classes, attributes, folder);
        try
        {
            (Training, Held) = Split(_rows.Read(input, "training data"));
            long[] finalClasses = classes.Close(), finalAttributes = attributes.Close();
            foreach (var row in Training.Concat(Held)) Renumber(row, finalClasses, finalAttributes);
            if (validation is not null) Held = _rows.Read(validation, "validation data");
            if (classes.Names.Count == 0) throw new InvalidDataException($"{nameof(RegionDetectorTrainer)}: the training data has no objects.");
            Classes = classes.Names;
            Attributes = attributes.Names is { Count: > 0 } names ? names : [Unknown];
        }
        catch
        {
            _rows.Dispose();
            throw;
        }

        (_plan, _heldPlan) = (new(Training.Count, options.BatchSize, seed), new(Held.Count, options.BatchSize, seed));

        (IReadOnlyList<DetectionRow> Training, IReadOnlyList<DetectionRow> Held) Split(IReadOnlyList<DetectionRow> rows)
        {
            if (validation is not null || options.ValidationFraction == 0) return (rows, []);
            DetectionRow[] order = [.. rows];
            new Random(Seeds.Mix(seed, -1)).Shuffle(order);
            var held = (int)Math.Round(order.Length * options.ValidationFraction);
            if (held == order.Length) throw new InvalidDataException("ValidationFraction leaves no training rows.");
            if (held == 0 && options.EarlyStoppingPatience > 0)
                throw new InvalidDataException("EarlyStoppingPatience needs validation rows, and ValidationFraction leaves none: there are too few images.");
            return (order[held..], order[..held]);
        }

        IReadOnlyList<string>? Keys(string column) =>
            input.Schema[column] is { } found && found.Annotations.Schema.GetColumnOrNull("KeyValues") is not null ? LabelTexts.KeyTexts(found) : null;
    }

    public IReadOnlyList<DetectionRow> Training { get; }

    public IReadOnlyList<DetectionRow> Held { get; }

    /// <summary>What classes are called.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>What attributes are called.</summary>
    public IReadOnlyList<string> Attributes { get; }

    public int BatchesPerEpoch => _plan.BatchesPerEpoch;

    /// <summary>What tells these rows from others.</summary>
    public IEnumerable<(string Name, object? Value)> Identity() =>
    [
        ("training rows", Training.Count), ("validation rows", Held.Count), ("data", _rows.Digest()), ("classes", Classes), ("attributes", Attributes),
    ];

    /// <summary>The training batches of an epoch from one on; those of the next may be drawn meanwhile.</summary>
    public IEnumerable<DetectionBatch> Epoch(int epoch, int first) => Prefetch.Run(
        _plan.Epoch(epoch).Index().Skip(first),
        batch => Draw(batch.Item.Select(i => Training[i]), ((long)epoch * BatchesPerEpoch) + batch.Index, varies: true));

    /// <summary>The validation batches.</summary>
    public IEnumerable<DetectionBatch> HeldBatches() => Prefetch.Run(
        _heldPlan.Epoch(0, shuffle: false).Index(), batch => Draw(batch.Item.Select(i => Held[i]), FirstHeldBatch - batch.Index, varies: false));

    /// <summary>The first training images as they are.</summary>
    public DetectionBatch First() => Draw(Training.Take(MeasuredImages), 0, varies: false);

    public void Dispose() => _rows.Dispose();

    private DetectionBatch Draw(IEnumerable<DetectionRow> rows, long number, bool varies)
    {
        var seed = Seeds.Mix(_seed, number);
        var random = new Random(seed);
        return new([.. rows.Select(row =>
        {
            var isFlipped = varies && random.NextDouble() < _options.FlipProbability;
            var detector = _options.Detector;
            if (varies && _options.ShorterSides is { } sides)
            {
                var side = sides[random.Next(sides.Count)];
                detector = detector with { ShorterSide = side, LongerSide = Math.Max(side, detector.LongerSide) };
            }

            return new DrawnImage(_rows.Pixels(row), row, isFlipped, FasterRcnnNetwork.ResizedSize(detector, row.Height, row.Width));
        })], Seeds.Mix(seed, 1));
    }

    private static void Renumber(DetectionRow row, long[] classes, long[] attributes)
    {
        var (labels, described) = (row.Objects.Classes, row.Objects.Attributes);
        for (var i = 0; i < labels.Length; i++) labels[i] = classes[labels[i]];
        for (var i = 0; i < described.Length; i++)
            if (described[i] >= 0) described[i] = attributes[described[i]];
    }
}
