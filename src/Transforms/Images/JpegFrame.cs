using System.Buffers.Binary;

namespace MLNet.VisionLanguage.Images;

/// <summary>One component (luminance, a colour) of a JPEG picture.</summary>
internal sealed class JpegComponent
{
    public required byte Id { get; init; }

    /// <summary>Blocks of this component in a unit of an interleaved scan, across and down.</summary>
    public required int Across { get; init; }

    public required int Down { get; init; }

    /// <summary>Blocks that hold a part of the picture; a scan of this component alone has these.</summary>
    public required int BlocksWide { get; init; }

    public required int BlocksHigh { get; init; }

    /// <summary>Blocks a row, filled up to whole units.</summary>
    public required int PaddedWide { get; init; }

    public required int PaddedHigh { get; init; }

    /// <summary>Whether a scan with its mean values has been read.</summary>
    public bool HasDc { get; set; }

    /// <summary>
    /// Progressive pictures: which of a block's 64 coefficients are not 0 so far, a bit each in zigzag order. How many bits a refinement
    /// scan has depends on it.
    /// </summary>
    public ulong[] NonZero { get; set; } = [];
}

/// <summary>A JPEG's frame header (ITU T.81, B.2.2).</summary>
internal sealed class JpegFrame
{
    private const int BlockSide = 8;

    /// <summary>libjpeg's own limit.</summary>
    private const int LargestSide = 65500;

    private const int BytesOfBlock = 64 * sizeof(short);

    private JpegFrame(int width, int height, bool progressive, JpegComponent[] components, int unitsWide, int unitsHigh)
    {
        Width = width;
        Height = height;
        Progressive = progressive;
        Components = components;
        UnitsWide = unitsWide;
        UnitsHigh = unitsHigh;
    }

    public int Width { get; }

    public int Height { get; }

    public bool Progressive { get; }

    public IReadOnlyList<JpegComponent> Components { get; }

    /// <summary>Units of an interleaved scan.</summary>
    public int UnitsWide { get; }

    public int UnitsHigh { get; }

    /// <summary>What a decoder keeps when it must see several scans before it knows the first block.</summary>
    public long CoefficientBytes => Components.Sum(component => (long)component.PaddedWide * component.PaddedHigh * BytesOfBlock);

    /// <summary>Reads the segment after a start-of-frame marker.</summary>
    /// <exception cref="BadImageException">It is damaged, above the limits, or of a kind that no decoder here knows.</exception>
    public static JpegFrame Read(ReadOnlySpan<byte> segment, int marker, ImageLimits limits)
    {
        CheckKind(marker);
        if (segment.Length < 6 || segment[5] == 0 || segment.Length != 6 + 3 * segment[5])
            throw BadImageException.Damaged("its JPEG frame header has a wrong length");
        if (segment[0] != 8) throw new BadImageException($"it is a JPEG of {segment[0]} bits a sample; only 8 bits are read");
        var height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        var width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        if (height == 0 && width > 0)
            throw new BadImageException("it is a JPEG that tells its height only at the end (DNL marker), which is not read");
        limits.CheckSize(width, height);
        if (Math.Max(width, height) > LargestSide)
            throw new BadImageException($"it is a JPEG of {width} x {height} pixels; a side may have {LargestSide}");
        if (segment[5] is not (1 or 3 or 4))
            throw new BadImageException($"it is a JPEG of {segment[5]} components; 1 (gray), 3 (colour) and 4 (CMYK) are read");
        return Create(segment[6..], width, height, progressive: marker == 0xC2);
    }

    private static JpegFrame Create(ReadOnlySpan<byte> specifications, int width, int height, bool progressive)
    {
        var (mostAcross, mostDown) = (1, 1);
        for (var i = 0; i < specifications.Length; i += 3)
        {
            var (across, down) = (specifications[i + 1] >> 4, specifications[i + 1] & 15);
            if (across is < 1 or > 4 || down is < 1 or > 4)
                throw BadImageException.Damaged($"a component of its JPEG is sampled {across} x {down}");
            (mostAcross, mostDown) = (Math.Max(mostAcross, across), Math.Max(mostDown, down));
        }

        var unitsWide = Divide(width, BlockSide * mostAcross);
        var unitsHigh = Divide(height, BlockSide * mostDown);
        var components = new JpegComponent[specifications.Length / 3];
        for (var i = 0; i < components.Length; i++)
        {
            var (across, down) = (specifications[3 * i + 1] >> 4, specifications[3 * i + 1] & 15);
            components[i] = new JpegComponent
            {
                Id = specifications[3 * i],
                Across = across,
                Down = down,
                BlocksWide = Divide(Divide(width * across, mostAcross), BlockSide),
                BlocksHigh = Divide(Divide(height * down, mostDown), BlockSide),
                PaddedWide = unitsWide * across,
                PaddedHigh = unitsHigh * down,
            };
        }

        return new JpegFrame(width, height, progressive, components, unitsWide, unitsHigh);
    }

    private static void CheckKind(int marker)
    {
        var kind = marker switch
        {
            0xC0 or 0xC1 or 0xC2 => null,
            0xC3 => "a lossless JPEG",
            0xC5 or 0xC6 or 0xC7 => "a hierarchical JPEG",
            >= 0xC9 => "an arithmetic-coded JPEG",
            _ => "a JPEG of an unknown kind",
        };
        if (kind is not null) throw new BadImageException($"it is {kind}, which is not read");
    }

    private static int Divide(int value, int by) => (value + by - 1) / by;
}
