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

/// <summary>The work of LoadRegionFeatures on one row; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class LoadRegionFeaturesFactory : CustomMappingFactory<LoadRegionFeaturesSource, ImageValues>
{
    public const string Contract = "MLNet.VisionLanguage.2.LoadRegionFeatures";

    private static readonly StateCache<Loading> States = new(state =>
    {
        var settings = LoadRegionFeaturesSettings.FromState(state);
        return new Loading(settings, new RegionFeatureFiles(settings.Paths, settings.FeatureSize));
    });

    public static void Map(LoadRegionFeaturesSource source, ImageValues destination)
    {
        var (settings, files) = States.Get(source.State);
        var id = source.ImageId.ToString();
        if (files.Find(id) is not { } known)
        {
            throw new InvalidOperationException(
                $"LoadRegionFeatures: image '{id}' of column '{settings.ImageIdColumnName}' is in none of the feature files: {files}.");
        }

        var regions = files.Read(known);
        var count = Math.Min(regions.Count, settings.MaxRegions ?? int.MaxValue);
        destination.RegionFeatures = new VBuffer<float>(count * regions.FeatureSize, regions.Features);
        destination.RegionBoxes = new VBuffer<float>(count * 4, regions.Boxes);
        destination.ImageSize = new VBuffer<float>(2, [regions.Width, regions.Height]);
    }

    public override Action<LoadRegionFeaturesSource, ImageValues> GetMapping() => Map;

    private sealed record Loading(LoadRegionFeaturesSettings Settings, RegionFeatureFiles Files);
}
