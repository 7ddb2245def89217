using System.Buffers.Binary;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Checks a GIF file (GIF89a specification) from its signature to its trailer, and that the first picture, the one that is read, has all
/// its pixels. What comes after the trailer does not matter.
/// </summary>
internal sealed class GifFile
{
    private const string Part = "a block of its GIF";
    private const int LargestCode = 4096;
    private const int LongestCode = 12;

    private readonly ByteReader _bytes;
    private readonly ImageLimits _limits;
    private bool _hasPicture;

    private GifFile(ByteReader bytes, ImageLimits limits)
    {
        _bytes = bytes;
        _limits = limits;
    }

    /// <summary>Checks a file that begins with the signature.</summary>
    /// <exception cref="BadImageException">It is cut off, damaged or above the limits.</exception>
    public static ImageHeader Check(ByteReader bytes, ImageLimits limits) => new GifFile(bytes, limits).Check();

    private ImageHeader Check()
    {
        Span<byte> screen = stackalloc byte[13];
        _bytes.Read(screen, "the header of its GIF");
        var (width, height) = (BinaryPrimitives.ReadUInt16LittleEndian(screen[6..]), BinaryPrimitives.ReadUInt16LittleEndian(screen[8..]));
        SkipColours(screen[10]);
        var header = new ImageHeader(ImageFormat.Gif, width, height);
        for (int block; (block = _bytes.TryRead()) != ';';)
        {
            switch (block)
            {
                case ',' when !_hasPicture:
                    header = ReadFirstPicture(width, height);
                    break;
                case ',':
                    _bytes.Skip(8, Part);
                    SkipColours(_bytes.Read(Part));
                    _bytes.Read(Part);
                    SkipBlocks();
                    break;
                case '!':
                    _bytes.Read(Part);
                    SkipBlocks();
                    break;
                case 0:
                    break;
                case < 0:
                    throw BadImageException.CutOff("without the trailer of a GIF");
                default:
                    throw BadImageException.Damaged($"there is no GIF block at byte {_bytes.Position - 1}");
            }
        }

        return _hasPicture ? header : throw BadImageException.Damaged("its GIF has no picture");
    }

    /// <summary>The canvas is as large as the first picture needs, whatever the header says: browsers show it so.</summary>
    private ImageHeader ReadFirstPicture(int width, int height)
    {
        _hasPicture = true;
        Span<byte> descriptor = stackalloc byte[9];
        _bytes.Read(descriptor, Part);
        var left = BinaryPrimitives.ReadUInt16LittleEndian(descriptor);
        var top = BinaryPrimitives.ReadUInt16LittleEndian(descriptor[2..]);
        long across = BinaryPrimitives.ReadUInt16LittleEndian(descriptor[4..]);
        long down = BinaryPrimitives.ReadUInt16LittleEndian(descriptor[6..]);
        if (across == 0 || down == 0) throw BadImageException.Damaged($"the picture of its GIF has {across} x {down} pixels");
        var header = new ImageHeader(ImageFormat.Gif, (int)Math.Max(width, left + across), (int)Math.Max(height, top + down));
        _limits.CheckSize(header.Width, header.Height);
        header = header with { WholeBytes = 4L * header.Width * header.Height };
        _limits.CheckMemory(header);
        SkipColours(descriptor[8]);
        var pixels = CountPixels(across * down);
        return pixels >= across * down
            ? header
            : throw BadImageException.Damaged($"the picture data of its GIF end after {pixels / across} of {down} rows");
    }

    private void SkipColours(byte flags)
    {
        if ((flags & 0x80) != 0) _bytes.Skip(3 << ((flags & 7) + 1), "a colour table of its GIF");
    }

    private void SkipBlocks()
    {
        for (int length; (length = _bytes.Read(Part)) > 0;) _bytes.Skip(length, Part);
    }

    /// <summary>
    /// How many pixels the LZW codes stand for; what each code stands for is one pixel longer than what it was made from.
    /// </summary>
    private long CountPixels(long wanted)
    {
        int smallest = _bytes.Read(Part);
        if (smallest is < 1 or > 11) throw BadImageException.Damaged($"the picture data of its GIF have codes of {smallest} bits");
        var (clear, end) = (1 << smallest, (1 << smallest) + 1);
        var lengths = new int[LargestCode];
        Array.Fill(lengths, 1, 0, clear);
        var (next, size, before) = (end + 1, smallest + 1, -1);
        var (bits, count, left) = (0, 0, 0);
        long pixels = 0;
        while (pixels < wanted)
        {
            while (count < size)
            {
                if (left == 0 && (left = _bytes.Read(Part)) == 0) return pixels;
                bits |= _bytes.Read(Part) << count;
                count += 8;
                left--;
            }

            var code = bits & ((1 << size) - 1);
            bits >>= size;
            count -= size;
            if (code == clear)
            {
                (next, size, before) = (end + 1, smallest + 1, -1);
                continue;
            }

            if (code == end) break;
            if (code > next || (code == next && before < 0) || (before < 0 && code > end))
                throw BadImageException.Damaged($"the picture data of its GIF make no sense after {pixels} pixels");
            if (before >= 0 && next < LargestCode)
            {
                lengths[next++] = lengths[before] + 1;
                if (next == 1 << size && size < LongestCode) size++;
            }
            else if (code >= next)
            {
                throw BadImageException.Damaged($"the picture data of its GIF make no sense after {pixels} pixels");
            }

            pixels += lengths[code];
            before = code;
        }

        _bytes.Skip(left, Part);
        SkipBlocks();
        return pixels;
    }
}
