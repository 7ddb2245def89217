using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Images;

internal sealed class PreprocessImageSource
{
    public const string ImageColumn = Column.HelperPrefix + "image";
    public const string RowIdColumn = Column.HelperPrefix + "row";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    /// <summary>Without attribute, see <see cref="ImageColumnType"/>.</summary>
    [ColumnName(ImageColumn)]
    public MLImage? Image { get; set; }

    /// <summary>A copy of the state where nothing tells rows apart: every source column must exist.</summary>
    [ColumnName(RowIdColumn)]
    public ReadOnlyMemory<char> RowId { get; set; }
}

internal sealed class PreprocessedImage
{
    public const string ValuesColumn = Column.HelperPrefix + "pixelvalues";

    [ColumnName(ValuesColumn)]
    public VBuffer<float> Values { get; set; }
}

/// <summary>Makes values of a row's picture; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class PreprocessImageFactory : CustomMappingFactory<PreprocessImageSource, PreprocessedImage>
{
    public const string Contract = "MLNet.VisionLanguage.2.PreprocessImage";

    private static readonly StateCache<PreprocessImageSettings> States = new(PreprocessImageSettings.FromState);

    public static void Map(PreprocessImageSource source, PreprocessedImage destination)
    {
        var settings = States.Get(source.State);
        var image = ImagePixels.Require(source.Image, PreprocessImageSettings.Kind, () => settings.ImageColumnName);
        destination.Values = settings.Values(image, source.RowId.Span, destination.Values);
    }

    public override Action<PreprocessImageSource, PreprocessedImage> GetMapping()
    {
        ImageColumnType.Register();
        return Map;
    }
}
