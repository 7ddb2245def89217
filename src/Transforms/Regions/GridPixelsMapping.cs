using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Composition;
using MLNet.VisionLanguage.Images;

namespace MLNet.VisionLanguage.Regions;

internal sealed class GridPixelsSource
{
    public const string StateColumn = "__vl.grid.state";
    public const string ImageColumn = "__vl.grid.image";

    [ColumnName(StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    /// <summary>Without attribute, see <see cref="ImageColumnType"/>.</summary>
    [ColumnName(ImageColumn)]
    public MLImage? Image { get; set; }
}

internal sealed class GridPixelsDestination
{
    public const string PixelsColumn = "__vl.grid.pixels";
    public const string SizeColumn = "__vl.grid.size";

    /// <summary>Rows from the top, red green blue a pixel.</summary>
    [ColumnName(PixelsColumn)]
    public VBuffer<byte> Pixels { get; set; }

    /// <summary>Width and height.</summary>
    [ColumnName(SizeColumn)]
    [VectorType(2)]
    public VBuffer<float> Size { get; set; }
}

/// <summary>
/// Lays an image's pixels out for the graph that cuts the cells; ML.NET finds it by its contract when it loads a model.
/// </summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class GridPixelsFactory : CustomMappingFactory<GridPixelsSource, GridPixelsDestination>
{
    public const string Contract = "MLNet.VisionLanguage.GridPixels";

    private static readonly StateCache<GridFeatureSettings> States = new(GridFeatureSettings.FromState);

    public static void Map(GridPixelsSource source, GridPixelsDestination destination)
    {
        if (source.Image is not { } image)
        {
            throw new InvalidOperationException(
                $"ExtractGridFeatures: column '{States.Get(source.State).ImageColumn}' holds no image " +
                "(loading gives none for an empty path).");
        }

        destination.Pixels = ToRgb(image, destination.Pixels);
        destination.Size = new VBuffer<float>(2, [image.Width, image.Height]);
    }

    public override Action<GridPixelsSource, GridPixelsDestination> GetMapping()
    {
        ImageColumnType.Register();
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
