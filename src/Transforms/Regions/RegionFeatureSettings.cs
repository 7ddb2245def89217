using System.Text.Json.Serialization;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Regions;

/// <summary>What an ExtractRegionFeatures component needs besides its weights; the state in the model file.</summary>
/// <param name="ImageColumnName">The image column.</param>
/// <param name="Columns">The names of RegionFeatures, RegionBoxes and ImageSize.</param>
/// <param name="Detector">The detector, with the numbers of regions that are meant.</param>
/// <param name="Choice">Which proposals become regions.</param>
/// <param name="Confidence">How sure the detector must be.</param>
/// <param name="Classes">Names of classes.</param>
/// <param name="Attributes">Names of attributes.</param>
/// <param name="Names">The names of the columns that say what regions are.</param>
internal sealed record RegionFeatureSettings(
    string ImageColumnName,
    ColumnNames Columns,
    FasterRcnnConfig Detector,
    RegionChoice Choice,
    float Confidence,
    IReadOnlyList<string> Classes,
    IReadOnlyList<string> Attributes,
    RegionSayings Names)
{
    /// <summary>What saved models and messages call the component.</summary>
    public const string Kind = "ExtractRegionFeatures";

    private const int Version = 1;

    /// <summary>ViLBERT's numbers of regions.</summary>
    private const int FewestConfident = 10, MostConfident = 100;

    /// <summary>Models take no image without a region.</summary>
    private const int FewestObjects = 1;

    /// <summary>What boxes of a class may overlap where confidence decides.</summary>
    private const double ConfidentOverlap = 0.3;

    /// <summary>The column of given boxes; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BoxesColumnName { get; init; }

    /// <summary>VL-BERT's backbone in place of the detector; null for that.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VlBertBackbone? Backbone { get; init; }

    /// <summary>The network that is run.</summary>
    [JsonIgnore]
    public FasterRcnnConfig Network => Backbone?.ToNetwork() ?? Detector;

    [JsonIgnore]
    public RegionRule Rule => new(Choice, Confidence, ConfidentOverlap);

    /// <exception cref="ArgumentException">An option is impossible, or two columns have one name.</exception>
    public static RegionFeatureSettings Create(string imageColumn, RegionFeatureOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageColumn);
        if (options.Backbone is not null) CheckBackbone(options);
        var given = options.Backbone?.ToNetwork() ?? options.Detector ?? FasterRcnnConfig.VisualGenome;
        options.Columns.ValidateOutputs(Kind, StandardColumns.Image);
        if (!Enum.IsDefined(options.Choice)) throw Fail(nameof(options.Choice), $"{options.Choice} is none");
        if (options.Choice == RegionChoice.Given == string.IsNullOrEmpty(options.BoxesColumnName))
            throw Fail(nameof(options.BoxesColumnName), $"it goes with {nameof(options.Choice)} {RegionChoice.Given}, and with no other");
        if (!(options.Confidence is >= 0 and <= 1)) throw Fail(nameof(options.Confidence), $"{options.Confidence} is not 0 to 1");
        var isConfident = options.Choice == RegionChoice.Confident;
        var detector = given with
        {
            MinRegions = options.MinRegions
                ?? (isConfident ? FewestConfident : options.Choice == RegionChoice.Objects ? FewestObjects : given.MinRegions),
            MaxRegions = options.MaxRegions ?? (isConfident ? MostConfident : given.MaxRegions),
        };
        detector.Validate(Kind);
        var names = new RegionSayings(
            options.RegionScoresColumnName,
            options.RegionClassesColumnName,
            options.RegionAttributesColumnName,
            options.RegionAttributeScoresColumnName);
        string[] columns = [.. options.Columns.Of(StandardColumns.Image), .. options.Backbone is null ? names.All : []];
        if (columns.Any(string.IsNullOrEmpty)) throw new ArgumentException($"{Kind}: an output column has no name.", nameof(options));
        if (columns.Distinct(StringComparer.Ordinal).Count() != columns.Length)
            throw new ArgumentException($"{Kind}: the output columns {string.Join(", ", columns)} must have different names.", nameof(options));
        return new(
            imageColumn, options.Columns, detector, options.Choice, options.Confidence,
            options.Backbone is null ? Named(nameof(options.Classes), options.Classes, detector.Classes) : [],
            options.Backbone is null ? Named(nameof(options.Attributes), options.Attributes, detector.Attributes) : [], names)
        {
            BoxesColumnName = options.BoxesColumnName,
            Backbone = options.Backbone,
        };
    }

    public string ToState() => StateText.Write(Kind, Version, this);

    public static RegionFeatureSettings FromState(string state)
    {
        var settings = StateText.Read<RegionFeatureSettings>(state, Kind, Version);
        try
        {
            settings.Detector.Validate(Kind);
            settings.Backbone?.Validate(Kind);
        }
        catch (ArgumentException e)
        {
            throw StateText.Damaged(Kind, e);
        }

        return settings;
    }

    /// <summary>The network's parameters.</summary>
    public IReadOnlyList<ModelParameter> Parameters() => Backbone is null
        ? FasterRcnnNetwork.Parameters(Detector)
        : Lister.List(engine => VlBertPixels.Features(engine, Network, new(1, StandardColumns.Colours, null, null), new(null, 5)));

    /// <summary>Images, as LoadImages makes them, and boxes where they are given.</summary>
    public ColumnRequirement[] Requirements() => BoxesColumnName is { } boxes
        ? [ColumnRequirement.Scalar<MLImage>(Kind, ImageColumnName), ColumnRequirement.Vector<float>(Kind, boxes)]
        : [ColumnRequirement.Scalar<MLImage>(Kind, ImageColumnName)];

    /// <summary>Names, all different; numbers where there are none.</summary>
    private static IReadOnlyList<string> Named(string option, IReadOnlyList<string>? names, int count)
    {
        if (names is null) return [.. Enumerable.Range(0, count).Select(number => $"{number}")];
        if (names.Count != count) throw Fail(option, $"{names.Count} names; the detector tells {count} apart");
        foreach (var name in names) ArgumentException.ThrowIfNullOrEmpty(name, option);
        return RegionNamesFactory.Unique(names);
    }

    private static void CheckBackbone(RegionFeatureOptions options)
    {
        if (options.Detector is not null)
            throw Fail(nameof(options.Backbone), $"there is a {nameof(options.Detector)} as well; one of the two makes features");
        if (options.Choice != RegionChoice.Given)
            throw Fail(nameof(options.Choice), $"{options.Choice}, but the backbone finds nothing: {RegionChoice.Given} boxes are expected");
        if (options.Classes is not null || options.Attributes is not null)
            throw Fail(nameof(options.Classes), "the backbone tells neither classes nor attributes; names are expected to be null");
        options.Backbone!.Validate(Kind);
    }

    private static ArgumentException Fail(string option, string found) => new($"{Kind}: {option}: {found}.", option);
}

/// <summary>The names of the columns that say what regions are.</summary>
internal sealed record RegionSayings(string Scores, string Classes, string Attributes, string AttributeScores)
{
    [JsonIgnore]
    public IReadOnlyList<string> All => [Scores, Classes, Attributes, AttributeScores];
}
