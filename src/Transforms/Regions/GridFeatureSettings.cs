using System.Text.Json.Serialization;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Regions;

/// <summary>What an ExtractGridFeatures component needs; the state in the model file.</summary>
internal sealed record GridFeatureSettings(
    string ImageColumnName, ColumnNames Columns, int Grid, int? CoarseGrid, int CellSize, bool Centered = false)
{
    /// <summary>What saved models and messages call the component.</summary>
    public const string Kind = "ExtractGridFeatures";

    private const int Version = 1;
    private const int Most = 64;

    /// <summary>The column of boxes that are regions as well; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BoxesColumnName { get; init; }

    /// <summary>What makes a cell's feature.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public GridBackbone Backbone { get; init; }

    /// <summary>The map of a backbone that is a network; 0 for pixels.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int BackboneLayer { get; init; }

    /// <summary>The grids, finest first.</summary>
    public IEnumerable<int> Grids => Grid == 0 ? [] : CoarseGrid is { } coarse ? [Grid, coarse] : [Grid];

    public int RegionCount => Grids.Sum(grid => grid * grid);

    public int FeatureSize => Backbone == GridBackbone.Pixels ? CellSize * CellSize * 3 : ResNetGridGraph.FeatureSize(BackboneLayer);

    public static GridFeatureSettings Create(string imageColumn, GridFeatureOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageColumn);
        options.Columns.ValidateOutputs(Kind, StandardColumns.Image);
        if (options.BoxesColumnName?.Length == 0)
            throw new ArgumentException($"ExtractGridFeatures: {nameof(options.BoxesColumnName)} is empty.", nameof(options));
        if (options.BoxesColumnName is null || options.Grid != 0) CheckRange(nameof(options.Grid), options.Grid);
        CheckRange(nameof(options.CellSize), options.CellSize);
        if (options.CoarseGrid is { } coarse)
        {
            CheckRange(nameof(options.CoarseGrid), coarse);
            if (coarse >= options.Grid)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(options), coarse,
                    $"ExtractGridFeatures: {nameof(options.CoarseGrid)} must be below {nameof(options.Grid)} = {options.Grid}.");
            }
        }

        CheckBackbone(options);
        return new(imageColumn, options.Columns, options.Grid, options.CoarseGrid, options.CellSize, options.Centered)
        {
            Backbone = options.Backbone,
            BackboneLayer = options.Backbone == GridBackbone.Pixels ? 0 : options.BackboneLayer,
            BoxesColumnName = options.BoxesColumnName,
        };

        static void CheckRange(string option, int value)
        {
            if (value is < 1 or > Most)
                throw new ArgumentOutOfRangeException(nameof(options), value, $"ExtractGridFeatures: {option} must be 1 to {Most}.");
        }
    }

    private static void CheckBackbone(GridFeatureOptions options)
    {
        if (options.Backbone == GridBackbone.Pixels) return;
        if (options.Backbone != GridBackbone.ResNet18)
            throw new ArgumentOutOfRangeException(nameof(options), options.Backbone, $"{Kind}: {nameof(options.Backbone)} is none of those there are.");
        if (!ResNetGridGraph.HasLayer(options.BackboneLayer))
            throw new ArgumentOutOfRangeException(nameof(options), options.BackboneLayer, $"{Kind}: {nameof(options.BackboneLayer)} must be 3 or 4.");
        if (options.Centered || options.BoxesColumnName is not null)
        {
            throw new ArgumentException(
                $"{Kind}: {nameof(options.Centered)} and {nameof(options.BoxesColumnName)} are for cells of pixels; "
                + $"{nameof(options.Backbone)} is {options.Backbone}.",
                nameof(options));
        }
    }

    public string ToState() => StateText.Write(Kind, Version, this);

    public static GridFeatureSettings FromState(string state) => StateText.Read<GridFeatureSettings>(state, Kind, Version);

    /// <summary>Images, as LoadImages makes them, and boxes where there are any.</summary>
    public ColumnRequirement[] Requirements() => BoxesColumnName is { } boxes
        ? [ColumnRequirement.Scalar<MLImage>(Kind, ImageColumnName), ColumnRequirement.Vector<float>(Kind, boxes)]
        : [ColumnRequirement.Scalar<MLImage>(Kind, ImageColumnName)];
}
