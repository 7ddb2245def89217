using Microsoft.ML.Data;
using MLNet.VisionLanguage.Images;

namespace MLNet.VisionLanguage;

/// <summary>Opens image files as <see cref="ImageTransformsCatalog.LoadImageFiles"/> does, one at a time.</summary>
public static class ImageFile
{
    /// <summary>
    /// Reads a picture: checked from its first byte to its last, turned upright by its EXIF orientation, put on white where it is
    /// transparent, shrunk where it is larger than needed.
    /// </summary>
    /// <param name="path">A JPEG, PNG, GIF (its first picture), WebP or BMP file, whatever its name ends in.</param>
    /// <param name="options">Limits; column names are not looked at.</param>
    /// <returns>Opaque pixels, Bgra32. Dispose it to free its memory.</returns>
    /// <exception cref="UnreadableImageException">
    /// The file is missing, cut off, damaged, too large or no picture of these formats.
    /// </exception>
    public static MLImage Load(string path, LoadImageFilesOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load(path, options is null ? ImageLimits.Default : ImageLimits.From(options), out _);
    }

    /// <summary>
    /// Tells what is wrong with an image file without keeping its pixels; cheaper than <see cref="Load(string,
    /// LoadImageFilesOptions?)"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits; column names are not looked at.</param>
    /// <returns>The reason as the end of a sentence; null when the file can be read.</returns>
    public static string? FindProblem(string path, LoadImageFilesOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var limits = options is null ? ImageLimits.Default : ImageLimits.From(options);
        try
        {
            using var stream = Open(path);
            Try(path, () =>
            {
                ImageDecoder.Probe(stream, Inspect(stream, limits));
                return true;
            });
            return null;
        }
        catch (UnreadableImageException e)
        {
            return e.Reason;
        }
    }

    /// <param name="path">The file.</param>
    /// <param name="limits">How large it may be.</param>
    /// <param name="size">Width and height of the upright picture before it was shrunk.</param>
    internal static MLImage Load(string path, ImageLimits limits, out (int Width, int Height) size)
    {
        using var stream = Open(path);
        var (image, found) = Try(path, () => Load(stream, limits));
        size = found;
        return image;
    }

    /// <summary>As <see cref="Load(string, ImageLimits, out ValueTuple{int, int})"/>, from a stream that can seek.</summary>
    /// <exception cref="BadImageException">It is no picture that can be read.</exception>
    internal static (MLImage Image, (int Width, int Height) Size) Load(Stream stream, ImageLimits limits)
    {
        var header = Inspect(stream, limits);
        using var narrow = header.LowSamples ? PngNarrowing.ToEightBits(stream, limits) : null;
        var image = ImageDecoder.Decode(narrow ?? stream, header, limits);
        return (image, header.Lies ? (header.Height, header.Width) : (header.Width, header.Height));
    }

    /// <summary>Checks a file and reads its header.</summary>
    /// <exception cref="BadImageException">It is no picture that can be read.</exception>
    internal static ImageHeader Inspect(Stream stream, ImageLimits limits)
    {
        Span<byte> start = stackalloc byte[FileSignature.Length];
        stream.Position = 0;
        var format = FileSignature.Find(start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
        var bytes = new ByteReader(stream);
        var header = format switch
        {
            ImageFormat.Jpeg => JpegFile.Check(bytes, limits),
            ImageFormat.Png => PngFile.Check(bytes, limits),
            ImageFormat.Gif => GifFile.Check(bytes, limits),
            ImageFormat.WebP => WebPFile.Check(bytes, limits),
            _ => BmpFile.Check(bytes, limits),
        };
        limits.CheckMemory(header);
        return header;
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnreadableImageException(path, "there is no such file", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new UnreadableImageException(path, Directory.Exists(path) ? "it is a folder" : "reading it is not permitted", e);
        }
        catch (IOException e)
        {
            throw new UnreadableImageException(path, e.Message.TrimEnd('.'), e);
        }
    }

    private static T Try<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (BadImageException e)
        {
            throw new UnreadableImageException(path, e.Message, e);
        }
        catch (IOException e)
        {
            throw new UnreadableImageException(path, e.Message.TrimEnd('.'), e);
        }
    }
}
