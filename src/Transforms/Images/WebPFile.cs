using System.Buffers.Binary;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Checks a WebP file (WebP container specification): that the file is as long as its header says, that its chunks fill it, and that
/// there is a picture. Whether the picture data make sense only the decoder can tell. What comes after the container does not matter.
/// </summary>
internal sealed class WebPFile
{
    private const int ChunkHead = 8;
    private const int FrameHead = 16;

    private readonly ByteReader _bytes;
    private readonly ImageLimits _limits;
    private (int Width, int Height)? _canvas;
    private (int Width, int Height)? _picture;
    private bool _isLossy;
    private bool _hasAlpha;
    private bool _isAnimated;
    private int? _orientation;

    private WebPFile(ByteReader bytes, ImageLimits limits)
    {
        _bytes = bytes;
        _limits = limits;
    }

    /// <summary>Checks a file that begins with "RIFF", a length and "WEBP".</summary>
    /// <exception cref="BadImageException">It is cut off, damaged or above the limits.</exception>
    public static ImageHeader Check(ByteReader bytes, ImageLimits limits) => new WebPFile(bytes, limits).Check();

    private ImageHeader Check()
    {
        Span<byte> head = stackalloc byte[12];
        _bytes.Read(head, "the header of its WebP");
        var end = ChunkHead + (long)BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        if (end > _bytes.Length) throw BadImageException.CutOff($"after {_bytes.Length} of the {end} bytes of its WebP");
        ReadChunks(end, inFrame: false);
        if (_picture is not { } picture) throw BadImageException.Damaged("its WebP has no picture");
        var (width, height) = _canvas ?? picture;
        return Header(width, height);
    }

    private ImageHeader Header(int width, int height)
    {
        var shrinkable = _isLossy && !_hasAlpha && !_isAnimated;
        return new ImageHeader(ImageFormat.WebP, width, height)
        {
            Orientation = _orientation ?? ExifOrientation.Upright,
            Shrinkable = shrinkable,
            WholeBytes = _bytes.Length + (shrinkable ? 0 : 8L * width * height),
        };
    }

    private void ReadChunks(long end, bool inFrame)
    {
        Span<byte> head = stackalloc byte[ChunkHead];
        while (_bytes.Position + ChunkHead <= end)
        {
            _bytes.Read(head, "a chunk of its WebP");
            var type = System.Text.Encoding.Latin1.GetString(head[..4]);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            var next = _bytes.Position + length;
            if (next > end)
                throw BadImageException.Damaged($"the {type.TrimEnd()} chunk of its WebP has {length} bytes, more than are left");
            ReadChunk(type, length, inFrame);

            // Chunks of odd length are filled up, the last one not always.
            _bytes.Skip(Math.Min(next + (length & 1), end) - _bytes.Position, "a chunk of its WebP");
        }
    }

    private void ReadChunk(string type, long length, bool inFrame)
    {
        switch (type)
        {
            case "VP8X" when !inFrame:
                Span<byte> extended = stackalloc byte[10];
                Read(extended, type, length);
                _hasAlpha |= (extended[0] & 0x10) != 0;
                _isAnimated |= (extended[0] & 0x02) != 0;
                _canvas = (Read24(extended[4..]) + 1, Read24(extended[7..]) + 1);
                _limits.CheckSize(_canvas.Value.Width, _canvas.Value.Height);
                break;
            case "VP8 " when _picture is null:
                ReadLossy(type, length);
                break;
            case "VP8L" when _picture is null:
                ReadLossless(type, length);
                break;
            case "ALPH":
                _hasAlpha = true;
                break;
            case "ANMF" when !inFrame:
                _isAnimated = true;
                var end = _bytes.Position + length;
                Span<byte> frame = stackalloc byte[FrameHead];
                Read(frame, type, length);
                ReadChunks(end, inFrame: true);
                break;
            case "EXIF" when length <= ushort.MaxValue && !inFrame:
                var exif = new byte[length];
                _bytes.Read(exif, "the EXIF chunk of its WebP");
                _orientation ??= ExifOrientation.Find(exif, needsPrefix: false);
                break;
        }
    }

    /// <summary>The frame header of RFC 6386, 9.1.</summary>
    private void ReadLossy(string type, long length)
    {
        Span<byte> head = stackalloc byte[10];
        Read(head, type, length);
        var tag = Read24(head);
        if ((tag & 1) != 0 || head[3] != 0x9D || head[4] != 0x01 || head[5] != 0x2A || tag >> 5 > length)
            throw BadImageException.Damaged("the picture data of its WebP begin with no VP8 key frame");
        _isLossy = true;
        Found(BinaryPrimitives.ReadUInt16LittleEndian(head[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(head[8..]) & 0x3FFF);
    }

    private void ReadLossless(string type, long length)
    {
        Span<byte> head = stackalloc byte[5];
        Read(head, type, length);
        var sizes = BinaryPrimitives.ReadUInt32LittleEndian(head[1..]);
        if (head[0] != 0x2F) throw BadImageException.Damaged("the picture data of its WebP begin with no VP8L signature");
        Found((int)(sizes & 0x3FFF) + 1, (int)(sizes >> 14 & 0x3FFF) + 1);
    }

    private void Found(int width, int height)
    {
        _picture = (width, height);
        _limits.CheckSize(width, height);
        var canvas = _canvas ?? (width, height);
        _limits.CheckMemory(Header(canvas.Width, canvas.Height));
    }

    private void Read(Span<byte> into, string type, long length)
    {
        if (length < into.Length) throw BadImageException.Damaged($"the {type.TrimEnd()} chunk of its WebP has only {length} bytes");
        _bytes.Read(into, $"the {type.TrimEnd()} chunk of its WebP");
    }

    private static int Read24(ReadOnlySpan<byte> data) => data[0] | data[1] << 8 | data[2] << 16;
}
