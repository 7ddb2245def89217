using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Data;

public sealed class ImageLoadingTransformer : ImageTransformer
{
    public readonly string ImageFolder;

    internal ImageLoadingTransformer(ITransformer inner, string imageFolder)
        : base(inner) => ImageFolder = imageFolder;
}

public sealed class ImageLoadingEstimator : ImageEstimator<ImageLoadingTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly string _outputColumn;
    private readonly string _folder;

    internal ImageLoadingEstimator(TransformsCatalog catalog, string outputColumn, string imageFolder, string inputColumn)
    {
        if (!string.IsNullOrEmpty(imageFolder))
        {
            if (!Directory.Exists(imageFolder))
                throw new ArgumentException($"Directory \"{imageFolder}\" does not exist.");
            _folder = Path.GetFullPath(imageFolder);
        }
        (_catalog, _outputColumn, InputColumnName) = (catalog, outputColumn, inputColumn);
    }

    private protected override string InputColumnName { get; }

    private protected override IEstimator<ITransformer> Build(DataViewType inputType)
    {
        if (inputType is not TextDataViewType)
            throw Mismatch(TextDataViewType.Instance.ToString(), inputType);
        return CarriedMapping.Create<PathRow, ImageResult>(
            _catalog, _outputColumn, InputColumnName, _folder ?? "", LoadImageFactory.Map, LoadImageFactory.Contract);
    }

    private protected override ImageLoadingTransformer Wrap(ITransformer inner) => new(inner, _folder);

    internal sealed class PathRow
    {
        [ColumnName(CarriedMapping.Settings)]
        public ReadOnlyMemory<char> Folder { get; set; }

        [ColumnName(CarriedMapping.Source)]
        public ReadOnlyMemory<char> Path { get; set; }
    }

    [CustomMappingFactoryAttribute(Contract)]
    internal sealed class LoadImageFactory : CustomMappingFactory<PathRow, ImageResult>
    {
        public const string Contract = "Image.Load";

        public override Action<PathRow, ImageResult> GetMapping()
        {
            CarriedMapping.RegisterImage();
            return Map;
        }

        public static void Map(PathRow source, ImageResult result)
        {
            result.Image = null;
            if (source.Path.IsEmpty)
                return;
            var path = source.Path.ToString();
            if (!source.Folder.Span.IsWhiteSpace())
                path = Path.Combine(source.Folder.ToString(), path);
            result.Image = MLImage.CreateFromStream(new MemoryStream(File.ReadAllBytes(path)));
            result.Image.Tag = path;
        }
    }
}
