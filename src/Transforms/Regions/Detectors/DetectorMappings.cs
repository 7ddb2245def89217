using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Regions;

/// <summary>Lays an image's pixels out for a detector's graphs; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class DetectorPixelsFactory : CustomMappingFactory<GridPixelsSource, GridPixels>
{
    public const string Contract = "MLNet.VisionLanguage.2.DetectorPixels";

    private static readonly StateCache<DetectorSettings> States = new(DetectorSettings.FromState);

    public static void Map(GridPixelsSource source, GridPixels destination)
    {
        var image = ImagePixels.Require(source.Image, DetectorSettings.Kind, () => States.Get(source.State).ImageColumnName);
        destination.Pixels = ImagePixels.ToRgb(image, DetectorSettings.Kind, destination.Pixels);
        destination.ImageSize = new VBuffer<float>(2, [image.Width, image.Height]);
    }

    public override Action<GridPixelsSource, GridPixels> GetMapping()
    {
        ImageColumnType.Register();
        return Map;
    }
}

internal sealed class DetectedNamesSource
{
    public const string ClassesColumn = RegionNamesSource.ClassesColumn;

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(ClassesColumn)]
    public VBuffer<long> Classes { get; set; }
}

internal sealed class DetectedNames
{
    public const string ClassesColumn = RegionNames.ClassesColumn;

    [ColumnName(ClassesColumn)]
    public VBuffer<ReadOnlyMemory<char>> Classes { get; set; }
}

/// <summary>From a detector's numbers to names; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class DetectedNamesFactory : CustomMappingFactory<DetectedNamesSource, DetectedNames>
{
    public const string Contract = "MLNet.VisionLanguage.2.DetectedNames";

    private static readonly StateCache<DetectorSettings> States = new(DetectorSettings.FromState);

    /// <exception cref="InvalidOperationException">The detector tells a class that has no name.</exception>
    public static void Map(DetectedNamesSource source, DetectedNames destination)
    {
        var names = States.Get(source.State).Classes;
        foreach (var number in ValueChecks.Dense(source.Classes))
        {
            if (number < 0 || number >= names.Count)
                throw new InvalidOperationException($"{DetectorSettings.Kind}: the detector tells class {number}; there are names of 0 to {names.Count - 1}.");
        }

        destination.Classes = RegionNamesFactory.Names(source.Classes, names, destination.Classes);
    }

    public override Action<DetectedNamesSource, DetectedNames> GetMapping() => Map;
}
