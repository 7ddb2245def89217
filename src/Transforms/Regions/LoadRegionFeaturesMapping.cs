using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Composition;

namespace MLNet.VisionLanguage.Regions;

internal sealed class LoadRegionFeaturesSource
{
    public const string StateColumn = "__vl.regions.state";
    public const string ImageIdColumn = "__vl.regions.image";

    [ColumnName(StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(ImageIdColumn)]
    public ReadOnlyMemory<char> ImageId { get; set; }
}

internal sealed class LoadRegionFeaturesDestination
{
    public const string FeaturesColumn = "__vl.regions.features";
    public const string BoxesColumn = "__vl.regions.boxes";
    public const string SizeColumn = "__vl.regions.size";

    [ColumnName(FeaturesColumn)]
    public VBuffer<float> Features { get; set; }

    [ColumnName(BoxesColumn)]
    public VBuffer<float> Boxes { get; set; }

    [ColumnName(SizeColumn)]
    [VectorType(2)]
    public VBuffer<float> Size { get; set; }
}

/// <summary>The work of LoadRegionFeatures on one row; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class LoadRegionFeaturesFactory : CustomMappingFactory<LoadRegionFeaturesSource, LoadRegionFeaturesDestination>
{
    public const string Contract = "MLNet.VisionLanguage.LoadRegionFeatures";

    private static readonly StateCache<Loading> States = new(state =>
    {
        var settings = LoadRegionFeaturesSettings.FromState(state);
        return new Loading(settings, new RegionFeatureFiles(settings.Paths));
    });

    public static void Map(LoadRegionFeaturesSource source, LoadRegionFeaturesDestination destination)
    {
        var (settings, files) = States.Get(source.State);
        var id = source.ImageId.ToString();
        if (!files.Owners.TryGetValue(id, out var file))
        {
            throw new InvalidOperationException(
                $"LoadRegionFeatures: image '{id}' of column '{settings.ImageIdColumn}' is in none of the feature files: {files}.");
        }

        var regions = file.Read(id);
        if (settings.FeatureSize is { } size && regions.FeatureSize != size)
            throw new InvalidDataException($"{file.Path}: image '{id}': its regions have {regions.FeatureSize} values each but {size} are expected.");
        var count = Math.Min(regions.Count, settings.MaxRegions ?? int.MaxValue);
        destination.Features = new VBuffer<float>(count * regions.FeatureSize, regions.Features);
        destination.Boxes = new VBuffer<float>(count * 4, regions.Boxes);
        destination.Size = new VBuffer<float>(2, [regions.Width, regions.Height]);
    }

    public override Action<LoadRegionFeaturesSource, LoadRegionFeaturesDestination> GetMapping() => Map;

    private sealed record Loading(LoadRegionFeaturesSettings Settings, RegionFeatureFiles Files);
}
