using System.Text.Json;

namespace MLNet.VisionLanguage.Regions;

/// <summary>What a LoadRegionFeatures component needs; as JSON it is the state in the model file.</summary>
internal sealed record LoadRegionFeaturesSettings(
    IReadOnlyList<string> Paths,
    string ImageIdColumn,
    string FeaturesColumn,
    string BoxesColumn,
    string SizeColumn,
    int? MaxRegions,
    int? FeatureSize)
{
    public static LoadRegionFeaturesSettings Create(IReadOnlyList<string> paths, string imageIdColumn, LoadRegionFeaturesOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageIdColumn);
        if (paths.Count == 0)
            throw new ArgumentException("LoadRegionFeatures: at least one feature file is needed.", nameof(paths));
        foreach (var path in paths)
            ArgumentException.ThrowIfNullOrEmpty(path, nameof(paths));
        ArgumentException.ThrowIfNullOrEmpty(options.FeaturesColumn);
        ArgumentException.ThrowIfNullOrEmpty(options.BoxesColumn);
        ArgumentException.ThrowIfNullOrEmpty(options.SizeColumn);
        string[] outputs = [options.FeaturesColumn, options.BoxesColumn, options.SizeColumn];
        if (outputs.Distinct(StringComparer.Ordinal).Count() != outputs.Length)
            throw new ArgumentException($"LoadRegionFeatures: the output columns {string.Join(", ", outputs)} must have different names.", nameof(options));
        if (options.MaxRegions < 1 || options.FeatureSize < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), $"LoadRegionFeatures: {nameof(options.MaxRegions)} and {nameof(options.FeatureSize)} must be above 0.");
        }

        // The model may be used from another working directory.
        return new LoadRegionFeaturesSettings(
            [.. paths.Select(Path.GetFullPath)], imageIdColumn, outputs[0], outputs[1], outputs[2], options.MaxRegions, options.FeatureSize);
    }

    public string ToState() => JsonSerializer.Serialize(this);

    public static LoadRegionFeaturesSettings FromState(string state) => JsonSerializer.Deserialize<LoadRegionFeaturesSettings>(state)
        ?? throw new InvalidDataException("The model's LoadRegionFeatures state is damaged: it holds no settings.");
}
