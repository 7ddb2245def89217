using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Regions;

internal sealed class GridPixelsSource
{
    public const string ImageColumn = Column.HelperPrefix + "image";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    /// <summary>
    /// Without attribute: ML.NET's own for images of any size cannot be registered, see <see cref="GridPixelsFactory.RegisterImage"/>.
    /// </summary>
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

    /// <summary>
    /// Tells ML.NET that MLImage members are image columns of any size. It must know before it looks at <see cref="GridPixelsSource"/>:
    /// when a chain is built, and when a model is loaded. Saying it again does nothing.
    /// </summary>
    public static void RegisterImage() => DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage));

    public static void Map(GridPixelsSource source, GridPixels destination)
    {
        if (source.Image is not { } image)
        {
            throw new InvalidOperationException(
                $"ExtractGridFeatures: column '{States.Get(source.State).ImageColumnName}' holds no image (LoadImages gives none for an empty path).");
        }

        destination.Pixels = ToRgb(image, destination.Pixels);
        destination.ImageSize = new VBuffer<float>(2, [image.Width, image.Height]);
    }

    public override Action<GridPixelsSource, GridPixels> GetMapping()
    {
        RegisterImage();
        return Map;
    }

    private static VBuffer<byte> ToRgb(MLImage image, VBuffer<byte> reused)
    {
        var (red, blue) = image.PixelFormat switch
        {
            MLPixelFormat.Rgba32 => (0, 2),
            MLPixelFormat.Bgra32 => (2, 0),
            var other => throw new InvalidOperationException(
                $"ExtractGridFeatures: images of pixel format {other} are not known; expected Rgba32 or Bgra32."),
        };
        var pixels = image.Pixels;
        var editor = VBufferEditor.Create(ref reused, pixels.Length / 4 * 3);
        var rgb = editor.Values;
        for (int from = 0, to = 0; to + 2 < rgb.Length; from += 4, to += 3)
        {
            rgb[to] = pixels[from + red];
            rgb[to + 1] = pixels[from + 1];
            rgb[to + 2] = pixels[from + blue];
        }

        return editor.Commit();
    }
}
