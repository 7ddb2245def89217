using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

public sealed class ImageResizingTransformer : ImageTransformer
{
    internal ImageResizingTransformer(ITransformer inner)
        : base(inner)
    {
    }
}

public sealed class ImageResizingEstimator : ImageEstimator<ImageResizingTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly string _outputColumn;
    private readonly Options _options;

    internal ImageResizingEstimator(TransformsCatalog catalog, string outputColumn, string inputColumn, Options options)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumn, "name");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Width, "imageWidth");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Height, "imageHeight");
        if (!Enum.IsDefined(options.Kind))
            throw new ArgumentOutOfRangeException("resizing", options.Kind, "Unknown kind of resizing.");
        if (!Enum.IsDefined(options.Anchor))
            throw new ArgumentOutOfRangeException("cropAnchor", options.Anchor, "Unknown anchor.");
        (_catalog, _outputColumn, InputColumnName, _options) = (catalog, outputColumn, inputColumn, options);
    }

    public enum ResizingKind : byte
    {
        IsoPad = 0,
        IsoCrop = 1,
        Fill = 2,
    }

    public enum Anchor : byte
    {
        Right = 0,
        Left = 1,
        Top = 2,
        Bottom = 3,
        Center = 4,
    }

    private protected override string InputColumnName { get; }

    private protected override IEstimator<ITransformer> Build(DataViewType inputType)
    {
        if (inputType is not ImageDataViewType)
            throw Mismatch("Image", inputType);

        // Mappings give columns of registered types only, and each size is a type of its own.
        new ImageTypeAttribute(_options.Height, _options.Width).Register();
        return CarriedMapping.Create<ImageRow, ImageResult>(
            _catalog, _outputColumn, InputColumnName, _options.ToString(), ResizeImageFactory.Map, ResizeImageFactory.Contract,
            inputType, new ImageDataViewType(_options.Height, _options.Width));
    }

    private protected override ImageResizingTransformer Wrap(ITransformer inner) => new(inner);

    internal readonly record struct Options(int Width, int Height, ResizingKind Kind, Anchor Anchor)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width};{Height};{(byte)Kind};{(byte)Anchor}");

        public static Options Parse(ReadOnlySpan<char> text)
        {
            Span<Range> parts = stackalloc Range[4];
            text.Split(parts, ';');
            return new Options(
                int.Parse(text[parts[0]], CultureInfo.InvariantCulture), int.Parse(text[parts[1]], CultureInfo.InvariantCulture),
                (ResizingKind)byte.Parse(text[parts[2]], CultureInfo.InvariantCulture),
                (Anchor)byte.Parse(text[parts[3]], CultureInfo.InvariantCulture));
        }
    }

    [CustomMappingFactoryAttribute(Contract)]
    internal sealed class ResizeImageFactory : CustomMappingFactory<ImageRow, ImageResult>
    {
        public const string Contract = "Image.Resize";

        public override Action<ImageRow, ImageResult> GetMapping()
        {
            CarriedMapping.RegisterImage();
            return Map;
        }

        public static void Map(ImageRow source, ImageResult result)
        {
            var options = Options.Parse(source.Settings.Span);
            var image = source.Image;
            if (image is null || (image.Width == options.Width && image.Height == options.Height))
            {
                result.Image = image;
                return;
            }
            result.Image = ImageResampler.Resize(image, options);
            result.Image.Tag = image.Tag;
        }
    }
}
