using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Regions;

/// <summary>What a LoadRegionFeatures component needs; the state in the model file.</summary>
internal sealed record LoadRegionFeaturesSettings(
    IReadOnlyList<string> Paths, string ImageIdColumnName, ColumnNames Columns, int? MaxRegions, int? FeatureSize,
    int? MaxImages = null)
{
    /// <summary>The user's names of what a detector says, by its columns of <see cref="DetectedValues"/>; those that are wanted.</summary>
    public Dictionary<string, string> Detected { get; init; } = [];

    /// <summary>What saved models and messages call the component.</summary>
    public const string Kind = "LoadRegionFeatures";

    private const int Version = 1;

    public static LoadRegionFeaturesSettings Create(IReadOnlyList<string> paths, string imageIdColumn, LoadRegionFeaturesOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageIdColumn);
        if (paths.Count == 0) throw new ArgumentException("LoadRegionFeatures: at least one feature file is needed.", nameof(paths));
        foreach (var path in paths) ArgumentException.ThrowIfNullOrEmpty(path, nameof(paths));
        options.Columns.ValidateOutputs(Kind, StandardColumns.Image);
        if (options.MaxRegions < 1 || options.FeatureSize < 1 || options.MaxImages < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                $"LoadRegionFeatures: {nameof(options.MaxRegions)}, {nameof(options.FeatureSize)} and {nameof(options.MaxImages)} must be above 0.");
        }

        var detected = new[]
        {
            (nameof(DetectedValues.RegionObjects), options.RegionObjectsColumnName),
            (nameof(DetectedValues.RegionObjectConfidences), options.RegionObjectConfidencesColumnName),
            (nameof(DetectedValues.RegionAttributes), options.RegionAttributesColumnName),
            (nameof(DetectedValues.RegionAttributeConfidences), options.RegionAttributeConfidencesColumnName),
        }.Where(pair => pair.Item2 is not null).ToDictionary(pair => pair.Item1, pair => pair.Item2!, StringComparer.Ordinal);
        string[] names = [.. options.Columns.Of(StandardColumns.Image), .. detected.Values];
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Length || names.Contains(""))
            throw new ArgumentException($"{Kind}: the output columns {string.Join(", ", names)} must have names, all different.");

        // The model may be used from another working directory.
        return new([.. paths.Select(Path.GetFullPath)], imageIdColumn, options.Columns, options.MaxRegions, options.FeatureSize, options.MaxImages)
        {
            Detected = detected,
        };
    }

    public string ToState() => StateText.Write(Kind, Version, this);

    public static LoadRegionFeaturesSettings FromState(string state) => StateText.Read<LoadRegionFeaturesSettings>(state, Kind, Version);

    public ColumnRequirement Requirement() => ColumnRequirement.Text(Kind, ImageIdColumnName);
}
