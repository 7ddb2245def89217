using System.IO.Compression;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Checks a PNG file (PNG specification, third edition) from its signature to its end chunk: order, checksums, and that the compressed data
/// hold exactly the rows of the picture. What comes after the end chunk does not matter.
/// </summary>
internal sealed class PngFile
{
    public const int SignatureLength = 8;

    private const int HighestFilter = 4;
    private const int LargestPalette = 256 * 3;

    /// <summary>Text that unpacks to more than the first number, and to so many times its length, is meant to harm.</summary>
    private const long LargeText = 1 << 20;
    private const long HarmfulRatio = 100;
    private const long HarmfulText = 64 << 20;

    private readonly ByteReader _bytes;
    private readonly ImageLimits _limits;
    private readonly byte[] _buffer = new byte[1 << 14];
    private PngHeader? _header;
    private bool _hasPalette;
    private bool _hasPicture;
    private bool _lowSamples;
    private int? _orientation;

    /// <summary>Bytes of text that have been unpacked.</summary>
    private long _text;

    private PngFile(ByteReader bytes, ImageLimits limits)
    {
        _bytes = bytes;
        _limits = limits;
    }

    /// <summary>Checks a file that begins with the signature.</summary>
    /// <exception cref="BadImageException">It is cut off, damaged or above the limits.</exception>
    public static ImageHeader Check(ByteReader bytes, ImageLimits limits) => new PngFile(bytes, limits).Check();

    private ImageHeader Check()
    {
        _bytes.Skip(SignatureLength, "the signature of its PNG");
        var chunk = PngChunkStream.Open(_bytes);
        while (chunk.Type != "IEND")
        {
            if (_header is null && chunk.Type is not ("IHDR" or "CgBI"))
                throw BadImageException.Damaged($"its PNG begins with a {chunk.Type} chunk instead of its header");
            chunk = Read(chunk) ?? PngChunkStream.Open(_bytes);
        }

        chunk.Finish();
        if (!_hasPicture) throw BadImageException.Damaged("its PNG has no picture data");
        return new ImageHeader(ImageFormat.Png, _header!.Width, _header.Height)
        {
            Orientation = _orientation ?? ExifOrientation.Upright,
            Interlaced = _header.Interlaced,
            LowSamples = _lowSamples,
            WholeBytes = _lowSamples ? (long)_header.Width * _header.Height : 0,
        };
    }

    /// <returns>The next chunk where it has been opened already.</returns>
    private PngChunkStream? Read(PngChunkStream chunk)
    {
        switch (chunk.Type)
        {
            case "IHDR":
                ReadHeader(chunk);
                break;
            case "PLTE":
                if (chunk.Left is 0 or > LargestPalette || chunk.Left % 3 != 0)
                    throw BadImageException.Damaged($"the palette of its PNG has {chunk.Left} bytes");
                _hasPalette = true;
                chunk.Finish();
                break;
            case PngChunkStream.PictureData when !_hasPicture:
                return ReadPicture(chunk);
            case "eXIf" when chunk.Left <= ushort.MaxValue:
                var exif = chunk.ReadAll();
                if (!chunk.IsDamaged) _orientation ??= ExifOrientation.Find(exif, needsPrefix: false);
                break;
            case "iCCP" or "zTXt" or "iTXt":
                CheckText(chunk);
                chunk.Finish();
                break;
            case "CgBI":
                throw new BadImageException("it is Apple's own variant of PNG (CgBI), which is not read");
            case PngChunkStream.PictureData:
                throw BadImageException.Damaged("the picture data of its PNG are in two places");
            default:
                if (char.IsAsciiLetterUpper(chunk.Type[0]))
                    throw BadImageException.Damaged($"its PNG has the chunk {chunk.Type}, which is not known");
                chunk.Finish();
                break;
        }

        return null;
    }

    private void ReadHeader(PngChunkStream chunk)
    {
        if (_header is not null || chunk.Left != PngHeader.Length)
        {
            throw BadImageException.Damaged(
                _header is null ? $"the header of its PNG has {chunk.Left} bytes" : "its PNG has a second header");
        }

        var data = chunk.ReadAll();
        _header = PngHeader.Read(data, _limits);
        _limits.CheckMemory(new ImageHeader(ImageFormat.Png, _header.Width, _header.Height));
    }

    private PngChunkStream? ReadPicture(PngChunkStream chunk)
    {
        if (_header!.ColourType == PngHeader.Palette && !_hasPalette)
            throw BadImageException.Damaged("its PNG has no palette before its picture data");
        _hasPicture = true;
        _lowSamples = _header is { ColourType: PngHeader.Gray, BitDepth: 16 };
        var rows = _header.Rows().Sum(pass => (long)pass.Rows);
        long row = 0;
        using (var data = new ZLibStream(chunk, CompressionMode.Decompress, leaveOpen: true))
        {
            try
            {
                foreach (var (count, bytes) in _header.Rows())
                {
                    for (var i = 0; i < count; i++, row++) ReadRow(data, bytes, row, rows);
                }

                // One byte more, so that the checksum is looked at; data that go on are passed over, as libpng does. .NET takes a stream
                // that ends without its checksum, but asks for more of it first.
                if (data.ReadByte() < 0 && chunk.Next is not null)
                    throw BadImageException.Damaged("the compressed data of its PNG end without their checksum");
            }
            catch (Exception e) when (IsOfZLib(e))
            {
                // .NET says the same of data that make no sense and of data that do not fit their checksum.
                throw BadImageException.Damaged($"the compressed data of its PNG are damaged after {row} of {rows} rows");
            }
        }

        while (chunk.Next is null) _ = chunk.Read(_buffer);
        return chunk.Next;
    }

    private void ReadRow(ZLibStream data, long length, long row, long rows)
    {
        var filter = data.ReadByte();
        if (filter > HighestFilter) throw BadImageException.Damaged($"row {row} of its PNG has the filter {filter}");
        var buffer = _buffer;
        while (filter >= 0 && length > 0)
        {
            var read = data.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
            if (read == 0) break;

            // The high byte of each sample is predicted from high bytes alone, so all are 0 where the stored ones are.
            for (var i = (int)(length & 1); _lowSamples && i < read; i += 2) _lowSamples = buffer[i] == 0;
            length -= read;
        }

        if (filter < 0 || length > 0) throw BadImageException.Damaged($"the picture data of its PNG end after {row} of {rows} rows");
    }

    /// <summary>Checks compressed text or a colour profile, which nobody here reads.</summary>
    private void CheckText(PngChunkStream chunk)
    {
        var stored = chunk.Left;
        if (!SkipText(chunk)) return;
        var international = chunk.Type == "iTXt";
        var compressed = !international || chunk.ReadByte() == 1;
        var method = chunk.ReadByte();
        if (!compressed || method < 0) return;
        if (method != 0)
        {
            if (international) return;
            throw BadImageException.Damaged($"the {chunk.Type} chunk of its PNG names the unknown compression method {method}");
        }

        if (international && !(SkipText(chunk) && SkipText(chunk))) return;
        using var text = new ZLibStream(chunk, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            for (long length = 0, read; (read = text.Read(_buffer)) > 0;)
            {
                length += read;
                _text += read;
                if (_text > HarmfulText || (length > LargeText && length > HarmfulRatio * stored))
                {
                    throw new BadImageException(
                        $"its PNG is a decompression bomb: the {stored} bytes of a {chunk.Type} chunk unpack to {length} and more");
                }
            }
        }
        catch (Exception e) when (IsOfZLib(e))
        {
            // No picture depends on it.
        }
    }

    /// <summary>Passes over letters up to a zero.</summary>
    private static bool SkipText(PngChunkStream chunk)
    {
        int letter;
        do
            letter = chunk.ReadByte();
        while (letter > 0);
        return letter == 0;
    }

    /// <summary>Whether compressed data make no sense. .NET's exception for a preset dictionary has no public type.</summary>
    private static bool IsOfZLib(Exception exception) => exception is InvalidDataException || exception.GetType().Name == "ZLibException";
}
