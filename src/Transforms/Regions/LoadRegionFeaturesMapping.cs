using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Regions;

internal sealed class LoadRegionFeaturesSource
{
    public const string ImageIdColumn = Column.HelperPrefix + "image";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(ImageIdColumn)]
    public ReadOnlyMemory<char> ImageId { get; set; }
}

/// <summary>The columns of <see cref="StandardColumns.Image"/> and what the detector says of the regions, in a mapping.</summary>
internal sealed class DetectedValues : ImageValues
{
    [ColumnName(Column.HelperPrefix + nameof(RegionObjects))]
    public VBuffer<long> RegionObjects { get; set; }

    [ColumnName(Column.HelperPrefix + nameof(RegionObjectConfidences))]
    public VBuffer<float> RegionObjectConfidences { get; set; }

    [ColumnName(Column.HelperPrefix + nameof(RegionAttributes))]
    public VBuffer<long> RegionAttributes { get; set; }

    [ColumnName(Column.HelperPrefix + nameof(RegionAttributeConfidences))]
    public VBuffer<float> RegionAttributeConfidences { get; set; }
}

/// <summary>The same with what the detector says; a factory of its own, so that models saved without it stay what they are.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class LoadDetectionsFactory : CustomMappingFactory<LoadRegionFeaturesSource, DetectedValues>
{
    public const string Contract = "MLNet.VisionLanguage.1.LoadDetections";

    public static void Map(LoadRegionFeaturesSource source, DetectedValues destination)
    {
        var (settings, regions, count) = LoadRegionFeaturesFactory.Load(source, destination);
        destination.RegionObjects = Of(nameof(DetectedValues.RegionObjects), regions.ObjectIds);
        destination.RegionObjectConfidences = Of(nameof(DetectedValues.RegionObjectConfidences), regions.ObjectConfidences);
        destination.RegionAttributes = Of(nameof(DetectedValues.RegionAttributes), regions.AttributeIds);
        destination.RegionAttributeConfidences = Of(nameof(DetectedValues.RegionAttributeConfidences), regions.AttributeConfidences);

        VBuffer<T> Of<T>(string column, T[]? values)
        {
            if (values is not null) return new(count, values);
            return settings.Detected.TryGetValue(column, out var name)
                ? throw new InvalidOperationException(
                    $"LoadRegionFeatures: column '{name}': the feature file does not tell this of image '{regions.ImageId}'.")
                : default;
        }
    }

    public override Action<LoadRegionFeaturesSource, DetectedValues> GetMapping() => Map;
}

/// <summary>The work of LoadRegionFeatures on one row; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class LoadRegionFeaturesFactory : CustomMappingFactory<LoadRegionFeaturesSource, ImageValues>
{
    public const string Contract = "MLNet.VisionLanguage.2.LoadRegionFeatures";

    private static readonly StateCache<Loading> States = new(state =>
    {
        var settings = LoadRegionFeaturesSettings.FromState(state);
        return new Loading(settings, new RegionFeatureFiles(settings.Paths, settings.FeatureSize, settings.MaxImages));
    });

    public static void Map(LoadRegionFeaturesSource source, ImageValues destination) => Load(source, destination);

    /// <summary>Reads a row's regions and fills its columns; also gives all that the file tells, and how many regions are taken.</summary>
    public static (LoadRegionFeaturesSettings Settings, ImageRegions Regions, int Count) Load(LoadRegionFeaturesSource source, ImageValues destination)
    {
        var (settings, files) = States.Get(source.State);
        var id = source.ImageId.ToString();
        if (files.Find(id) is not { } known)
        {
            throw new InvalidOperationException(
                $"LoadRegionFeatures: image '{id}' of column '{settings.ImageIdColumnName}' is in none of the feature files: {files}.");
        }

        var regions = files.Read(known);
        if (regions.Features.Length == 0)
            throw new InvalidOperationException($"LoadRegionFeatures: image '{id}': the file has its boxes, but no features: {files}.");
        var count = Math.Min(regions.Count, settings.MaxRegions ?? int.MaxValue);
        destination.RegionFeatures = new VBuffer<float>(count * regions.FeatureSize, regions.Features);
        destination.RegionBoxes = new VBuffer<float>(count * 4, regions.Boxes);
        destination.ImageSize = new VBuffer<float>(2, [regions.Width, regions.Height]);
        return (settings, regions, count);
    }

    public override Action<LoadRegionFeaturesSource, ImageValues> GetMapping() => Map;

    private sealed record Loading(LoadRegionFeaturesSettings Settings, RegionFeatureFiles Files);
}
