using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Data;

/// <summary>
/// A picture in memory, 32 bits a pixel. Unlike the real library, which decodes with SkiaSharp, only JPEG and PNG are read, colours are
/// not multiplied by alpha, and a file that is cut off is refused.
/// </summary>
public sealed class MLImage : IDisposable
{
    private const int SavedJpegQuality = 100;

    private readonly int _width;
    private readonly int _height;
    private readonly MLPixelFormat _pixelFormat;
    private byte[] _pixels;
    private string _tag;

    private MLImage(int width, int height, MLPixelFormat pixelFormat, byte[] pixels)
        => (_width, _height, _pixelFormat, _pixels) = (width, height, pixelFormat, pixels);

    public MLPixelFormat PixelFormat => OrThrow(_pixelFormat);
    public int Width => OrThrow(_width);
    public int Height => OrThrow(_height);
    public int BitsPerPixel => OrThrow(32);

    /// <summary>Rows from the top, 4 bytes a pixel in the order of <see cref="PixelFormat"/>.</summary>
    public ReadOnlySpan<byte> Pixels => OrThrow(_pixels);

    public string Tag
    {
        get => OrThrow(_tag);
        set
        {
            OrThrow(_tag);
            _tag = value;
        }
    }

    [SuppressMessage("Naming", "CA1707", Justification = "The real library's name.")]
    public byte[] GetBGRPixels
    {
        get
        {
            var bgra = ToBgra();
            var result = new byte[_width * _height * 3];
            for (int from = 0, to = 0; to < result.Length; from += 4, to += 3)
                bgra.Slice(from, 3).CopyTo(result.AsSpan(to));
            return result;
        }
    }

    public static MLImage CreateFromStream(Stream imageStream)
    {
        ArgumentNullException.ThrowIfNull(imageStream);
        using var copy = new MemoryStream();
        imageStream.CopyTo(copy);
        return Decode(copy.GetBuffer().AsSpan(0, (int)copy.Length), "The stream", nameof(imageStream));
    }

    public static MLImage CreateFromFile(string imagePath)
    {
        ArgumentNullException.ThrowIfNull(imagePath);
        return Decode(File.ReadAllBytes(imagePath), $"The file '{imagePath}'", nameof(imagePath));
    }

    public static MLImage CreateFromPixels(int width, int height, MLPixelFormat pixelFormat, ReadOnlySpan<byte> imagePixelData)
    {
        if (pixelFormat != MLPixelFormat.Bgra32 && pixelFormat != MLPixelFormat.Rgba32)
            throw new ArgumentException("Unsupported pixel format", nameof(pixelFormat));
        if (width <= 0)
            throw new ArgumentException("Invalid width value.", nameof(width));
        if (height <= 0)
            throw new ArgumentException("Invalid height value.", nameof(height));
        if (imagePixelData.Length != (long)width * height * 4)
            throw new ArgumentException($"Invalid {nameof(imagePixelData)} buffer size.");
        return new MLImage(width, height, pixelFormat, imagePixelData.ToArray());
    }

    public void Save(string imagePath)
    {
        var bgra = ToBgra();
        var bytes = Path.GetExtension(imagePath).ToLowerInvariant() switch
        {
            ".png" => PngWriter.Encode(_width, _height, bgra),
            ".jpg" or ".jpeg" => JpegCodec.Encode(_width, _height, bgra, SavedJpegQuality),
            _ => throw new ArgumentException($"Path has invalid image file extension: '{imagePath}' (.png, .jpg and .jpeg are written).",
                nameof(imagePath)),
        };
        File.WriteAllBytes(imagePath, bytes);
    }

    public void Dispose() => _pixels = null;

    internal static MLImage Decode(ReadOnlySpan<byte> file, string what, string parameter)
    {
        try
        {
            var image = ImageCodec.Decode(file);
            return new MLImage(image.Width, image.Height, MLPixelFormat.Bgra32, image.Bgra);
        }
        catch (ImageFormatException e)
        {
            throw new ArgumentException($"{what} cannot be read as an image: {e.Message}.", parameter, e);
        }
    }

    private ReadOnlySpan<byte> ToBgra()
    {
        if (PixelFormat == MLPixelFormat.Bgra32)
            return _pixels;
        var swapped = _pixels.ToArray();
        for (var i = 0; i < swapped.Length; i += 4)
            (swapped[i], swapped[i + 2]) = (swapped[i + 2], swapped[i]);
        return swapped;
    }

    private T OrThrow<T>(T value) => _pixels is null ? throw new InvalidOperationException("Object is disposed.") : value;
}

public enum MLPixelFormat
{
    Unknown,
    Bgra32,
    Rgba32,
}
