using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Regions;

internal sealed class RegionPixelsSource
{
    public const string ImageColumn = Column.HelperPrefix + "image";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    /// <summary>Without attribute, see <see cref="ImageColumnType"/>.</summary>
    [ColumnName(ImageColumn)]
    public MLImage? Image { get; set; }
}

internal sealed class RegionPixels
{
    public const string PixelsColumn = Column.HelperPrefix + "pixels";
    public const string ResizedColumn = Column.HelperPrefix + "resized";

    /// <summary>Rows from the top, red green blue a pixel.</summary>
    [ColumnName(PixelsColumn)]
    public VBuffer<byte> Pixels { get; set; }

    /// <summary>Width and height.</summary>
    [ColumnName(Column.HelperPrefix + nameof(ImageValues.ImageSize))]
    [VectorType(2)]
    public VBuffer<float> ImageSize { get; set; }

    /// <summary>Height and width that the detector looks at.</summary>
    [ColumnName(ResizedColumn)]
    [VectorType(2)]
    public VBuffer<long> Resized { get; set; }
}

/// <summary>Lays an image's pixels out for the detector's graph; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class RegionPixelsFactory : CustomMappingFactory<RegionPixelsSource, RegionPixels>
{
    public const string Contract = "MLNet.VisionLanguage.2.RegionPixels";

    private static readonly StateCache<RegionFeatureSettings> States = new(RegionFeatureSettings.FromState);

    public static void Map(RegionPixelsSource source, RegionPixels destination)
    {
        var settings = States.Get(source.State);
        var image = ImagePixels.Require(source.Image, RegionFeatureSettings.Kind, () => settings.ImageColumnName);
        var (height, width) = FasterRcnnNetwork.ResizedSize(settings.Network, image.Height, image.Width);
        destination.Pixels = ImagePixels.ToRgb(image, RegionFeatureSettings.Kind, destination.Pixels);
        destination.ImageSize = new VBuffer<float>(2, [image.Width, image.Height]);
        destination.Resized = new VBuffer<long>(2, [height, width]);
    }

    public override Action<RegionPixelsSource, RegionPixels> GetMapping()
    {
        ImageColumnType.Register();
        return Map;
    }
}

internal sealed class RegionBoxesSource
{
    public const string BoxesColumn = Column.HelperPrefix + "rowboxes";
    public const string CheckedColumn = Column.HelperPrefix + "checkedboxes";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(BoxesColumn)]
    public VBuffer<float> Boxes { get; set; }
}

internal sealed class CheckedRegionBoxes
{
    [ColumnName(RegionBoxesSource.CheckedColumn)]
    public VBuffer<float> Boxes { get; set; }
}

/// <summary>Checks the boxes that a row gives; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class RegionBoxesFactory : CustomMappingFactory<RegionBoxesSource, CheckedRegionBoxes>
{
    public const string Contract = "MLNet.VisionLanguage.2.RegionBoxes";

    private static readonly StateCache<RegionFeatureSettings> States = new(RegionFeatureSettings.FromState);

    public static void Map(RegionBoxesSource source, CheckedRegionBoxes destination)
    {
        if (GivenBoxes.FindProblem(ValueChecks.Dense(source.Boxes)) is { } problem)
        {
            throw new InvalidOperationException(
                $"{RegionFeatureSettings.Kind}: column '{States.Get(source.State).BoxesColumnName}'{problem}.");
        }

        destination.Boxes = source.Boxes;
    }

    public override Action<RegionBoxesSource, CheckedRegionBoxes> GetMapping() => Map;
}
