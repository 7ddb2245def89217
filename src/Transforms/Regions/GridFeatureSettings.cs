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

    /// <summary>The grids, finest first.</summary>
    public IEnumerable<int> Grids => Grid == 0 ? [] : CoarseGrid is { } coarse ? [Grid, coarse] : [Grid];

    public int RegionCount => Grids.Sum(grid => grid * grid);

    public int FeatureSize => CellSize * CellSize * 3;

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

        return new(imageColumn, options.Columns, options.Grid, options.CoarseGrid, options.CellSize, options.Centered)
        {
            BoxesColumnName = options.BoxesColumnName,
        };

        static void CheckRange(string option, int value)
        {
            if (value is < 1 or > Most)
                throw new ArgumentOutOfRangeException(nameof(options), value, $"ExtractGridFeatures: {option} must be 1 to {Most}.");
        }
    }

    public string ToState() => StateText.Write(Kind, Version, this);

    public static GridFeatureSettings FromState(string state) => StateText.Read<GridFeatureSettings>(state, Kind, Version);

    /// <summary>Images, as LoadImages makes them, and boxes where there are any.</summary>
    public ColumnRequirement[] Requirements() => BoxesColumnName is { } boxes
        ? [ColumnRequirement.Scalar<MLImage>(Kind, ImageColumnName), ColumnRequirement.Vector<float>(Kind, boxes)]
        : [ColumnRequirement.Scalar<MLImage>(Kind, ImageColumnName)];
}
