using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Regions;

internal sealed class GridPixelsSource
{
    public const string ImageColumn = Column.HelperPrefix + "image";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    /// <summary>Without attribute, see <see cref="ImageColumnType"/>.</summary>
    [ColumnName(ImageColumn)]
    public MLImage? Image { get; set; }
}

internal sealed class GridPixels
{
    public const string PixelsColumn = Column.HelperPrefix + "pixels";

    /// <summary>Rows from the top, red green blue a pixel.</summary>
    [ColumnName(PixelsColumn)]
    public VBuffer<byte> Pixels { get; set; }

    /// <summary>Width and height.</summary>
    [ColumnName(Column.HelperPrefix + nameof(ImageValues.ImageSize))]
    [VectorType(2)]
    public VBuffer<float> ImageSize { get; set; }
}

/// <summary>
/// Lays an image's pixels out for the graph that cuts the cells; ML.NET finds it by its contract when it loads a model.
/// </summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class GridPixelsFactory : CustomMappingFactory<GridPixelsSource, GridPixels>
{
    public const string Contract = "MLNet.VisionLanguage.2.GridPixels";

    private static readonly StateCache<GridFeatureSettings> States = new(GridFeatureSettings.FromState);

    public static void Map(GridPixelsSource source, GridPixels destination)
    {
        var image = ImagePixels.Require(source.Image, GridFeatureSettings.Kind, () => States.Get(source.State).ImageColumnName);
        destination.Pixels = ImagePixels.ToRgb(image, GridFeatureSettings.Kind, destination.Pixels);
        destination.ImageSize = new VBuffer<float>(2, [image.Width, image.Height]);
    }

    public override Action<GridPixelsSource, GridPixels> GetMapping()
    {
        ImageColumnType.Register();
        return Map;
    }
}
