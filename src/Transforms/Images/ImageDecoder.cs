using Microsoft.ML.Data;
using SkiaSharp;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Decodes checked image files with SkiaSharp, which ML.NET decodes with too: the same samples, but colours that are not multiplied by
/// alpha, and a large picture never whole in memory. Colour profiles are not applied, as Pillow and ML.NET do not.
/// </summary>
internal sealed class ImageDecoder : IDisposable
{
    private const SKColorType Bgra = SKColorType.Bgra8888;

    /// <summary>Bytes of rows that are decoded at a time.</summary>
    private const int Chunk = 1 << 18;

    /// <summary>Each band of a PNG is unpacked from the file's beginning: at most this many, and none smaller.</summary>
    private const int MostBands = 4;
    private const long SmallestBand = 32 << 20;

    /// <summary>JPEG decodes to eighths of its size.</summary>
    private const int Eighths = 8;

    private readonly GuardedStream _stream;
    private readonly SKManagedStream _native;
    private readonly SKCodec _codec;
    private readonly ImageHeader _header;

    private ImageDecoder(Stream stream, ImageHeader header)
    {
        _header = header;
        stream.Position = 0;
        _stream = new GuardedStream(stream);
        _native = new SKManagedStream(_stream, disposeManagedStream: false);
        var codec = SKCodec.Create(_native, out var result);
        if (codec is null)
        {
            _native.Dispose();
            _stream.ThrowIfFailed();
            throw Failed(result);
        }

        _codec = codec;
    }

    private SKAlphaType Alpha => _codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;

    /// <summary>Decodes, puts on white, shrinks and turns.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="header">What its check found.</param>
    /// <param name="limits">To which size large pictures are shrunk.</param>
    /// <exception cref="BadImageException">The picture data are damaged in a way that only decoding shows.</exception>
    public static MLImage Decode(Stream stream, ImageHeader header, ImageLimits limits)
    {
        var (width, height) = limits.Delivered(header);
        using var picture = new PixelBuffer(width, height);
        using (var decoder = new ImageDecoder(stream, header)) decoder.DecodeInto(picture);
        if (header.Orientation == ExifOrientation.Upright) return picture.ToImage();
        using var turned = picture.Turn(header.Orientation);
        return turned.ToImage();
    }

    /// <summary>Finds what only the decoder knows to be wrong, as cheaply as the format allows.</summary>
    /// <exception cref="BadImageException">The file cannot be decoded.</exception>
    public static void Probe(Stream stream, ImageHeader header)
    {
        using var decoder = new ImageDecoder(stream, header);
        var (width, height) = decoder.Dimensions();
        switch (header.Format)
        {
            // Their checks have seen all of the picture data.
            case ImageFormat.Png:
                break;
            case ImageFormat.Jpeg:
                var smallest = decoder._codec.GetScaledDimensions(1f / Eighths);
                var info = new SKImageInfo(smallest.Width, smallest.Height, Bgra, SKAlphaType.Opaque);
                decoder.Check(decoder._codec.StartScanlineDecode(info));
                break;
            default:
                using (var picture = new PixelBuffer(Math.Min(width, Eighths), Math.Min(height, Eighths))) decoder.DecodeInto(picture);
                break;
        }
    }

    public void Dispose()
    {
        _codec.Dispose();
        _native.Dispose();
    }

    private (int Width, int Height) Dimensions()
    {
        // The decoder has read the file on its own: memory must not depend on what it thinks the size is.
        var info = _codec.Info;
        return info.Width == _header.Width && info.Height == _header.Height
            ? (info.Width, info.Height)
            : throw BadImageException.Damaged(
                $"it tells its size as {_header.Width} x {_header.Height} and as {info.Width} x {info.Height} pixels");
    }

    private void DecodeInto(PixelBuffer picture)
    {
        var (width, height) = Dimensions();
        var isWhole = (picture.Width, picture.Height) == (width, height);
        if (isWhole || _header.Shrinkable)
            DecodeAtOnce(picture);
        else if (_header.Format == ImageFormat.Png)
            DecodeBands(picture);
        else if (_header.Format is ImageFormat.Jpeg or ImageFormat.Bmp)
            DecodeRows(picture);
        else
            DecodeAndShrink(picture);
    }

    private void DecodeAtOnce(PixelBuffer picture)
    {
        var alpha = Alpha;
        Check(_codec.GetPixels(new SKImageInfo(picture.Width, picture.Height, Bgra, alpha), picture.Address));
        for (var y = 0; y < picture.Height; y++) Finish(picture.Row(y), alpha);
    }

    private void DecodeAndShrink(PixelBuffer picture)
    {
        using var whole = new PixelBuffer(_header.Width, _header.Height);
        DecodeAtOnce(whole);
        var shrinker = new AreaShrinker(whole.Width, whole.Height, picture, fromBottom: false);
        for (var y = 0; y < whole.Height; y++) shrinker.Add(whole.Row(y));
    }

    private void DecodeRows(PixelBuffer picture)
    {
        var (width, height) = RowSize(picture);
        var alpha = Alpha;
        Check(_codec.StartScanlineDecode(new SKImageInfo(width, height, Bgra, alpha)));
        var fromBottom = _codec.ScanlineOrder == SKCodecScanlineOrder.BottomUp;
        var shrinker = new AreaShrinker(width, height, picture, fromBottom);
        using var rows = new PixelBuffer(width, Math.Clamp(Chunk / (width * 4), 1, height));
        for (var done = 0; done < height; done += rows.Height)
        {
            var count = Math.Min(rows.Height, height - done);
            if (_codec.GetScanlines(rows.Address, count, rows.RowBytes) < count) Check(SKCodecResult.IncompleteInput);
            for (var y = 0; y < count; y++)
            {
                // Of a picture that is stored from its bottom, the rows of each call stand upright.
                var row = rows.Row(fromBottom ? count - 1 - y : y);
                Finish(row, alpha);
                shrinker.Add(row);
            }
        }
    }

    /// <summary>
    /// The size that rows are decoded in: the smallest that a JPEG can be decoded to and that is not below the one wanted.
    /// </summary>
    private (int Width, int Height) RowSize(PixelBuffer picture)
    {
        for (var eighths = 1; _header.Format == ImageFormat.Jpeg && eighths < Eighths; eighths++)
        {
            var size = _codec.GetScaledDimensions(eighths / (float)Eighths);
            if (size.Width >= picture.Width && size.Height >= picture.Height) return (size.Width, size.Height);
        }

        return (_header.Width, _header.Height);
    }

    private void DecodeBands(PixelBuffer picture)
    {
        var (width, height) = (_header.Width, _header.Height);
        var info = new SKImageInfo(width, height, Bgra, Alpha);
        var rowBytes = 4L * width * (_header.Interlaced ? 2 : 1);
        var bandBytes = Math.Max(SmallestBand, rowBytes * height / MostBands);
        using var band = new PixelBuffer(width, (int)Math.Clamp(bandBytes / rowBytes, 1, height));
        var shrinker = new AreaShrinker(width, height, picture, fromBottom: false);
        for (var top = 0; top < height; top += band.Height)
        {
            var count = Math.Min(band.Height, height - top);
            var part = new SKCodecOptions(SKZeroInitialized.No, new SKRectI(0, top, width, top + count));
            Check(_codec.StartIncrementalDecode(info, band.Address, band.RowBytes, part));
            Check(_codec.IncrementalDecode(out _));
            for (var y = 0; y < count; y++)
            {
                Finish(band.Row(y), info.AlphaType);
                shrinker.Add(band.Row(y));
            }
        }
    }

    private void Finish(Span<byte> row, SKAlphaType alpha)
    {
        if (_header.EmptyAlpha)
            WhitePaper.Ignore(row);
        else if (alpha != SKAlphaType.Opaque)
            WhitePaper.PutBehind(row);
    }

    private void Check(SKCodecResult result)
    {
        _stream.ThrowIfFailed();
        if (result != SKCodecResult.Success) throw Failed(result);
    }

    private BadImageException Failed(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => BadImageException.Damaged($"the picture data of its {_header.Format} end before the picture does"),
        SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput =>
            BadImageException.Damaged($"the picture data of its {_header.Format} make no sense"),
        _ => new BadImageException($"it is of a kind of {_header.Format} that is not read ({result})"),
    };
}
