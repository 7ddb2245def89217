using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Images;

internal sealed class LoadImageFilesSource
{
    public const string PathColumn = Column.HelperPrefix + "path";
    public const string RowIdColumn = Column.HelperPrefix + "row";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(PathColumn)]
    public ReadOnlyMemory<char> Path { get; set; }

    [ColumnName(RowIdColumn)]
    public ReadOnlyMemory<char> RowId { get; set; }
}

internal sealed class LoadedImage
{
    public const string ImageColumn = Column.HelperPrefix + "image";
    public const string ProblemColumn = Column.HelperPrefix + "problem";
    public const string SizeColumn = Column.HelperPrefix + "size";

    /// <summary>Without attribute, see <see cref="ImageColumnType"/>.</summary>
    [ColumnName(ImageColumn)]
    public MLImage? Image { get; set; }

    [ColumnName(ProblemColumn)]
    public ReadOnlyMemory<char> Problem { get; set; }

    [ColumnName(SizeColumn)]
    [VectorType(2)]
    public VBuffer<float> Size { get; set; }
}

/// <summary>Reads a row's image file; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class LoadImageFilesFactory : CustomMappingFactory<LoadImageFilesSource, LoadedImage>
{
    public const string Contract = "MLNet.VisionLanguage.2.LoadImageFiles";

    private static readonly StateCache<LoadImageFilesSettings> States = new(LoadImageFilesSettings.FromState);

    public static void Map(LoadImageFilesSource source, LoadedImage destination)
    {
        var settings = States.Get(source.State);
        (destination.Image, destination.Problem) = (null, default);
        var (width, height) = (0, 0);
        if (!source.Path.IsEmpty)
        {
            var path = System.IO.Path.Combine(settings.Folder, source.Path.ToString());
            try
            {
                destination.Image = ImageFile.Load(path, settings.Limits, out var size);
                (width, height) = size;
            }
            catch (UnreadableImageException e) when (settings.BadImages == BadImagePolicy.NoImage)
            {
                destination.Problem = e.Reason.AsMemory();
            }
            catch (UnreadableImageException e)
            {
                var row = settings.RowIdColumnName is { } column ? $" ({column} {source.RowId})" : "";
                throw new UnreadableImageException(e.FilePath, e.Reason, e, $"LoadImageFiles: column '{settings.PathColumnName}'{row}: ");
            }
        }

        destination.Size = new VBuffer<float>(2, [width, height]);
    }

    public override Action<LoadImageFilesSource, LoadedImage> GetMapping()
    {
        ImageColumnType.Register();
        return Map;
    }
}
