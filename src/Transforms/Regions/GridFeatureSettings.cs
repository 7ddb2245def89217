using System.Text.Json;

namespace MLNet.VisionLanguage.Regions;

/// <summary>What an ExtractGridFeatures component needs; as JSON it is the state in the model file.</summary>
internal sealed record GridFeatureSettings(
    string ImageColumn,
    string FeaturesColumn,
    string BoxesColumn,
    string SizeColumn,
    int Grid,
    int? CoarseGrid,
    int CellSize,
    bool Centered = false)
{
    private const int Most = 64;

    /// <summary>The grids, finest first.</summary>
    public IEnumerable<int> Grids => CoarseGrid is { } coarse ? [Grid, coarse] : [Grid];

    public int RegionCount => Grids.Sum(grid => grid * grid);

    public int FeatureSize => CellSize * CellSize * 3;

    public static GridFeatureSettings Create(string imageColumn, GridFeatureOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageColumn);
        ArgumentException.ThrowIfNullOrEmpty(options.FeaturesColumn);
        ArgumentException.ThrowIfNullOrEmpty(options.BoxesColumn);
        ArgumentException.ThrowIfNullOrEmpty(options.SizeColumn);
        string[] outputs = [options.FeaturesColumn, options.BoxesColumn, options.SizeColumn];
        if (outputs.Distinct(StringComparer.Ordinal).Count() != outputs.Length)
        {
            throw new ArgumentException(
                $"ExtractGridFeatures: the output columns {string.Join(", ", outputs)} must have different names.", nameof(options));
        }

        CheckRange(nameof(options.Grid), options.Grid);
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

        return new GridFeatureSettings(
            imageColumn, outputs[0], outputs[1], outputs[2], options.Grid, options.CoarseGrid, options.CellSize, options.Centered);

        static void CheckRange(string option, int value)
        {
            if (value is < 1 or > Most)
                throw new ArgumentOutOfRangeException(nameof(options), value, $"ExtractGridFeatures: {option} must be 1 to {Most}.");
        }
    }

    public string ToState() => JsonSerializer.Serialize(this);

    public static GridFeatureSettings FromState(string state) => JsonSerializer.Deserialize<GridFeatureSettings>(state)
        ?? throw new InvalidDataException("The model's ExtractGridFeatures state is damaged: it holds no settings.");
}
