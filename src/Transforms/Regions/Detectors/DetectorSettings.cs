using System.Text.Json.Serialization;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Regions;

/// <summary>What a DetectRegions component needs besides the model; the state in the model file.</summary>
/// <param name="ImageColumnName">The image column.</param>
/// <param name="Columns">The names of RegionFeatures, RegionBoxes and ImageSize.</param>
/// <param name="ScoresColumnName">The name of the column of scores.</param>
/// <param name="ClassesColumnName">The name of the column of classes.</param>
/// <param name="Detector">The detector, with the threshold that is meant.</param>
/// <param name="MinRegions">The fewest regions.</param>
/// <param name="MaxRegions">The most.</param>
/// <param name="CropSide">Pixels along each side of what a network sees of a region.</param>
/// <param name="Features">What a feature is.</param>
internal sealed record DetectorSettings(
    string ImageColumnName,
    ColumnNames Columns,
    string ScoresColumnName,
    string ClassesColumnName,
    OnnxDetector Detector,
    int MinRegions,
    int MaxRegions,
    int CropSide,
    DetectedFeatures Features)
{
    /// <summary>What saved models and messages call the component.</summary>
    public const string Kind = "DetectRegions";

    private const int Version = 1;

    /// <summary>Names of classes, known when the model is.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Values of a feature, known when the model is.</summary>
    public int FeatureSize { get; init; }

    [JsonIgnore]
    public DetectionLimits Limits => new(Detector.Threshold, MinRegions, MaxRegions);

    /// <exception cref="ArgumentException">An option is impossible, or two columns have one name.</exception>
    public static DetectorSettings Create(string imageColumn, OnnxDetector detector, OnnxDetectorOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageColumn);
        options.Columns.ValidateOutputs(Kind, StandardColumns.Image);
        var given = detector with { Threshold = options.Threshold ?? detector.Threshold, Classes = options.Classes ?? detector.Classes };
        given.Validate(Kind);
        var features = options.Features ?? (given.Maps.Count > 0 ? DetectedFeatures.Maps : DetectedFeatures.ResNet18);
        if (!Enum.IsDefined(features)) throw Fail(nameof(options.Features), $"{features} is none");
        if (features == DetectedFeatures.Maps && given.Maps.Count == 0)
            throw Fail(nameof(options.Features), $"{features} are cut out of the detector's {nameof(detector.Maps)}, of which it names none");
        if (options.CropSide is < 32 or > 1024 || options.CropSide % 32 != 0)
            throw Fail(nameof(options.CropSide), $"{options.CropSide} is no multiple of 32 up to 1024");
        if (options.MinRegions < 0) throw Fail(nameof(options.MinRegions), $"{options.MinRegions} is below 0");
        if (options.MaxRegions < Math.Max(1, options.MinRegions))
            throw Fail(nameof(options.MaxRegions), $"{options.MaxRegions} is below 1 or below {nameof(options.MinRegions)}, {options.MinRegions}");
        string[] columns = [.. options.Columns.Of(StandardColumns.Image), options.RegionScoresColumnName, options.RegionClassesColumnName];
        if (columns.Any(string.IsNullOrEmpty)) throw new ArgumentException($"{Kind}: an output column has no name.", nameof(options));
        if (columns.Distinct(StringComparer.Ordinal).Count() != columns.Length)
            throw new ArgumentException($"{Kind}: the output columns {string.Join(", ", columns)} must have different names.", nameof(options));
        return new(
            imageColumn, options.Columns, options.RegionScoresColumnName, options.RegionClassesColumnName, given, options.MinRegions, options.MaxRegions,
            options.CropSide, features);
    }

    /// <summary>With what the model tells.</summary>
    /// <exception cref="InvalidDataException">It does not give what its description says.</exception>
    public DetectorSettings Of(DetectorModel model, DetectorTables tables)
    {
        var names = Detector.Classes;
        if (names is null && Detector.Scores.Numbers is not null)
            throw model.Fail($"{nameof(Detector.Scores.Numbers)} tell classes that have no names: {nameof(Classes)} are needed");
        if (names is not null && Detector.Scores.Numbers is null && names.Count != tables.ScoreCount)
            throw model.Fail($"{nameof(Classes)}: {names.Count} names for {tables.ScoreCount} scores a box; it gives {model.Found}");
        return this with
        {
            Classes = RegionNamesFactory.Unique(names ?? [.. Enumerable.Range(0, tables.ScoreCount).Select(number => $"{number}")]),
            FeatureSize = Features switch
            {
                DetectedFeatures.Scores => tables.ScoreCount,
                DetectedFeatures.Maps => (int)Detector.Maps.Sum(map => tables.MapSize(map).Channels),
                _ => ResNetGridGraph.FeatureSize(ResNetGridGraph.LastLayer),
            },
        };
    }

    public string ToState() => StateText.Write(Kind, Version, this);

    public static DetectorSettings FromState(string state)
    {
        var settings = StateText.Read<DetectorSettings>(state, Kind, Version);
        try
        {
            settings.Detector.Validate(Kind);
        }
        catch (ArgumentException e)
        {
            throw StateText.Damaged(Kind, e);
        }

        return settings;
    }

    /// <summary>Images, as LoadImages makes them.</summary>
    public ColumnRequirement[] Requirements() => [ColumnRequirement.Scalar<MLImage>(Kind, ImageColumnName)];

    private static ArgumentException Fail(string option, string found) => new($"{Kind}: {option}: {found}.", option);
}
