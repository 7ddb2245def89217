using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Composition;

namespace MLNet.VisionLanguage.Images;

internal sealed class LoadImageFilesSource
{
    public const string StateColumn = "__vl.files.state";
    public const string PathColumn = "__vl.files.path";
    public const string RowIdColumn = "__vl.files.row";

    [ColumnName(StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(PathColumn)]
    public ReadOnlyMemory<char> Path { get; set; }

    [ColumnName(RowIdColumn)]
    public ReadOnlyMemory<char> RowId { get; set; }
}

internal sealed class LoadImageFilesDestination
{
    public const string ImageColumn = "__vl.files.image";
    public const string ProblemColumn = "__vl.files.problem";
    public const string SizeColumn = "__vl.files.size";

    /// <summary>Without attribute, see <see cref="ImageColumnType"/>.</summary>
    [ColumnName(ImageColumn)]
    public MLImage? Image { get; set; }

    [ColumnName(ProblemColumn)]
    public ReadOnlyMemory<char> Problem { get; set; }

    [ColumnName(SizeColumn)]
    [VectorType(2)]
    public VBuffer<float> Size { get; set; }
}

/// <summary>
/// Images of any size as a column of a custom mapping's classes. ML.NET's own attribute for that cannot be registered, so the type is,
/// which ML.NET must know before it looks at such a class: when a chain is built, and when a model is loaded.
/// </summary>
internal static class ImageColumnType
{
    /// <summary>Saying it again does nothing.</summary>
    public static void Register() => DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage));
}

/// <summary>Reads a row's image file; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class LoadImageFilesFactory : CustomMappingFactory<LoadImageFilesSource, LoadImageFilesDestination>
{
    public const string Contract = "MLNet.VisionLanguage.LoadImageFiles";

    private static readonly StateCache<LoadImageFilesSettings> States = new(LoadImageFilesSettings.FromState);

    public static void Map(LoadImageFilesSource source, LoadImageFilesDestination destination)
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
                var row = settings.RowIdColumn is { } column ? $" ({column} {source.RowId})" : "";
                throw new UnreadableImageException(e.FilePath, e.Reason, e, $"LoadImageFiles: column '{settings.PathColumn}'{row}: ");
            }
        }

        destination.Size = new VBuffer<float>(2, [width, height]);
    }

    public override Action<LoadImageFilesSource, LoadImageFilesDestination> GetMapping()
    {
        ImageColumnType.Register();
        return Map;
    }
}
