using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

public sealed class ImagePixelExtractingTransformer : ImageTransformer
{
    internal ImagePixelExtractingTransformer(ITransformer inner)
        : base(inner)
    {
    }
}

public sealed class ImagePixelExtractingEstimator : ImageEstimator<ImagePixelExtractingTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly string _outputColumn;
    private readonly PixelOptions _options;
    private readonly bool _asFloat;

    internal ImagePixelExtractingEstimator(
        TransformsCatalog catalog, string outputColumn, string inputColumn, PixelOptions options, bool asFloat)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumn, "name");
        if ((options.Colors & ColorBits.All) == 0)
            throw new ArgumentOutOfRangeException("colorsToExtract", "Need to use at least one color plane.");
        // Bytes are copied as they are.
        _options = asFloat ? options : options with { Offset = Defaults.Offset, Scale = Defaults.Scale };
        if (!float.IsFinite(_options.Offset))
            throw new ArgumentOutOfRangeException("offsetImage");
        if (!float.IsFinite(_options.Scale) || _options.Scale == 0)
            throw new ArgumentOutOfRangeException("scaleImage");
        (_catalog, _outputColumn, InputColumnName, _asFloat) = (catalog, outputColumn, inputColumn, asFloat);
    }

    [Flags]
    public enum ColorBits : byte
    {
        Alpha = 0x01,
        Red = 0x02,
        Green = 0x04,
        Blue = 0x08,

        Rgb = Red | Green | Blue,
        All = Alpha | Red | Green | Blue,
    }

    public enum ColorsOrder : byte
    {
        ARGB = 1,
        ARBG = 2,
        ABRG = 3,
        ABGR = 4,
        AGRB = 5,
        AGBR = 6,
    }

    private protected override string InputColumnName { get; }

    private protected override IEstimator<ITransformer> Build(DataViewType inputType)
    {
        if (inputType is not ImageDataViewType image)
            throw Mismatch("image", inputType);
        if (image.Height <= 0 || image.Width <= 0)
            throw Mismatch("known-size image", inputType);

        var options = _options with { Width = image.Width, Height = image.Height };
        var planes = options.Channels().Length;
        int[] dimensions = options.Interleave ? [image.Height, image.Width, planes] : [planes, image.Height, image.Width];
        var item = _asFloat ? NumberDataViewType.Single : NumberDataViewType.Byte;
        var type = new VectorDataViewType(item, dimensions);
        return _asFloat
            ? CarriedMapping.Create<ImageRow, Pixels<float>>(_catalog, _outputColumn, InputColumnName, options.ToString(),
                SinglesFactory.Map, SinglesFactory.Contract, inputType, type)
            : CarriedMapping.Create<ImageRow, Pixels<byte>>(_catalog, _outputColumn, InputColumnName, options.ToString(),
                BytesFactory.Map, BytesFactory.Contract, inputType, type);
    }

    private protected override ImagePixelExtractingTransformer Wrap(ITransformer inner) => new(inner);

    internal static class Defaults
    {
        public const ColorsOrder Order = ColorsOrder.ARGB;
        public const ColorBits Colors = ColorBits.Rgb;
        public const bool Interleave = false;
        public const bool Convert = true;
        public const float Scale = 1f;
        public const float Offset = 0f;
    }

    internal readonly record struct PixelOptions(
        int Width, int Height, ColorBits Colors, ColorsOrder Order, bool Interleave, float Offset, float Scale)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Width};{Height};{(byte)Colors};{(byte)Order};{(Interleave ? 1 : 0)};{Offset:R};{Scale:R}");

        public static PixelOptions Parse(ReadOnlySpan<char> text)
        {
            Span<Range> parts = stackalloc Range[7];
            text.Split(parts, ';');
            var culture = CultureInfo.InvariantCulture;
            return new PixelOptions(
                int.Parse(text[parts[0]], culture), int.Parse(text[parts[1]], culture),
                (ColorBits)byte.Parse(text[parts[2]], culture), (ColorsOrder)byte.Parse(text[parts[3]], culture),
                text[parts[4]] is "1", float.Parse(text[parts[5]], culture), float.Parse(text[parts[6]], culture));
        }

        /// <summary>The letters of the order that are extracted, in order.</summary>
        public string Channels()
        {
            var colors = Colors;
            return string.Concat(Order.ToString().Where(letter => colors.HasFlag(letter switch
            {
                'A' => ColorBits.Alpha,
                'R' => ColorBits.Red,
                'G' => ColorBits.Green,
                _ => ColorBits.Blue,
            })));
        }
    }

    internal sealed class Pixels<T>
    {
        [ColumnName(CarriedMapping.Result)]
        public VBuffer<T> Values { get; set; }
    }

    [CustomMappingFactoryAttribute(Contract)]
    internal sealed class SinglesFactory : CustomMappingFactory<ImageRow, Pixels<float>>
    {
        public const string Contract = "Image.ExtractSingles";

        public override Action<ImageRow, Pixels<float>> GetMapping()
        {
            CarriedMapping.RegisterImage();
            return Map;
        }

        public static void Map(ImageRow source, Pixels<float> result)
            => result.Values = Extract(source, result.Values, static (value, options) => (value - options.Offset) * options.Scale);
    }

    [CustomMappingFactoryAttribute(Contract)]
    internal sealed class BytesFactory : CustomMappingFactory<ImageRow, Pixels<byte>>
    {
        public const string Contract = "Image.ExtractBytes";

        public override Action<ImageRow, Pixels<byte>> GetMapping()
        {
            CarriedMapping.RegisterImage();
            return Map;
        }

        public static void Map(ImageRow source, Pixels<byte> result)
            => result.Values = Extract(source, result.Values, static (value, _) => value);
    }

    private static VBuffer<T> Extract<T>(ImageRow row, VBuffer<T> reused, Func<byte, PixelOptions, T> convert)
    {
        var options = PixelOptions.Parse(row.Settings.Span);
        var channels = options.Channels();
        var count = options.Width * options.Height;
        var editor = VBufferEditor.Create(ref reused, count * channels.Length);
        var image = row.Image;
        if (image is null)
        {
            editor.Values.Clear();
            return editor.Commit();
        }
        if (image.Width != options.Width || image.Height != options.Height)
        {
            throw new InvalidOperationException(
                $"The image is {image.Width} x {image.Height}, its column says {options.Width} x {options.Height}.");
        }

        var pixels = image.Pixels;
        for (var plane = 0; plane < channels.Length; plane++)
        {
            var from = channels[plane] switch
            {
                'A' => 3,
                'G' => 1,
                'R' => image.PixelFormat == MLPixelFormat.Bgra32 ? 2 : 0,
                _ => image.PixelFormat == MLPixelFormat.Bgra32 ? 0 : 2,
            };
            var (start, step) = options.Interleave ? (plane, channels.Length) : (plane * count, 1);
            for (var i = 0; i < count; i++)
                editor.Values[start + i * step] = convert(pixels[i * 4 + from], options);
        }
        return editor.Commit();
    }
}
