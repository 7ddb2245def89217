using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// Adds the regions of each row's image, read from feature files. A saved model holds the paths of the files, not their content: a
/// file that is gone when the loaded model reads its first row is an error that names it.
/// </summary>
public sealed class LoadRegionFeaturesTransformer : DelegatingTransformer
{
    private readonly LoadRegionFeaturesSettings _settings;

    /// <summary>Kept so that the index made by Fit lives as long as the transformer; rows find it through its path.</summary>
    private readonly RegionFeatureFiles? _files;

    internal LoadRegionFeaturesTransformer(ITransformer inner, LoadRegionFeaturesSettings settings, RegionFeatureFiles? files)
        : base(inner, settings.Requirement()) => (_settings, _files) = (settings, files);

    /// <summary>The feature files.</summary>
    public IReadOnlyList<string> Paths => _settings.Paths;

    /// <summary>The image id column read.</summary>
    public string ImageIdColumnName => _settings.ImageIdColumnName;

    /// <summary>The options it was made with, to read other files in the same way.</summary>
    /// <param name="featureSize">The number of values a region must have, where it was not said.</param>
    internal LoadRegionFeaturesOptions Options(int featureSize) => new()
    {
        MaxRegions = _settings.MaxRegions,
        MaxImages = _settings.MaxImages,
        RegionObjectsColumnName = _settings.Detected.GetValueOrDefault(nameof(DetectedValues.RegionObjects)),
        RegionObjectConfidencesColumnName = _settings.Detected.GetValueOrDefault(nameof(DetectedValues.RegionObjectConfidences)),
        RegionAttributesColumnName = _settings.Detected.GetValueOrDefault(nameof(DetectedValues.RegionAttributes)),
        RegionAttributeConfidencesColumnName = _settings.Detected.GetValueOrDefault(nameof(DetectedValues.RegionAttributeConfidences)),
        FeatureSize = _settings.FeatureSize ?? featureSize,
        RegionFeaturesColumnName = _settings.Columns[StandardColumns.RegionFeatures],
        RegionBoxesColumnName = _settings.Columns[StandardColumns.RegionBoxes],
        ImageSizeColumnName = _settings.Columns[StandardColumns.ImageSize],
    };

    /// <summary>Gives the component of a saved state back.</summary>
    internal static LoadRegionFeaturesTransformer Restore(ITransformer loaded, string state) =>
        new(loaded, LoadRegionFeaturesSettings.FromState(state), files: null);

    /// <summary>Gives the component of a saved state back, with other files than it was saved with.</summary>
    internal static LoadRegionFeaturesTransformer Restore(MLContext context, string state, IReadOnlyList<string> paths)
    {
        var settings = LoadRegionFeaturesSettings.FromState(state) with { Paths = [.. paths.Select(Path.GetFullPath)] };
        var images = context.Transforms.CopyColumns(settings.ImageIdColumnName, LoadRegionFeaturesSource.ImageIdColumn);
        var none = context.Data.LoadFromEnumerable<LoadRegionFeaturesSource>([]);
        return new LoadRegionFeaturesEstimator(context.Transforms, settings).Fit(images.Fit(none).Transform(none));
    }

    /// <summary>The files and how many images each has, once known.</summary>
    public override string ToString() => $"LoadRegionFeatures from {(_files is null ? string.Join(", ", Paths) : _files.ToString())}";
}
