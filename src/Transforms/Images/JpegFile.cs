namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Checks a JPEG file from its start marker to its end marker (ITU T.81, annex B). What comes after the end marker does not matter: cameras
/// put previews, films and further pictures there.
/// </summary>
internal sealed class JpegFile
{
    private const int StartOfScan = 0xDA;
    private const int EndOfImage = 0xD9;
    private const int LastCoefficient = 63;
    private const string Segment = "a segment of its JPEG";

    /// <summary>Pictures have up to a dozen; each is walked over once, so their number must not be the file's choice.</summary>
    private const int MostScans = 100;

    private readonly ByteReader _bytes;
    private readonly ImageLimits _limits;
    private readonly JpegHuffmanTable?[] _dc = new JpegHuffmanTable?[4];
    private readonly JpegHuffmanTable?[] _ac = new JpegHuffmanTable?[4];
    private JpegFrame? _frame;
    private int _restartInterval;
    private int _scans;

    /// <summary>Whether the decoder must keep all coefficients because the first scan does not have all components.</summary>
    private bool _keepsAll;
    private int? _orientation;

    private JpegFile(ByteReader bytes, ImageLimits limits)
    {
        _bytes = bytes;
        _limits = limits;
    }

    /// <summary>Checks a file whose first two bytes are the start marker.</summary>
    /// <exception cref="BadImageException">It is cut off, damaged, above the limits or of a kind that is not read.</exception>
    public static ImageHeader Check(ByteReader bytes, ImageLimits limits) => new JpegFile(bytes, limits).Check();

    private ImageHeader Check()
    {
        _bytes.Skip(2, "its JPEG start marker");
        for (var marker = NextMarker(); marker != EndOfImage;)
        {
            if (marker is 0x01 or 0xD8 or (>= 0xD0 and <= 0xD7))
            {
                marker = NextMarker();
                continue;
            }

            var segment = ReadSegment();
            if (marker == StartOfScan)
            {
                marker = ReadScan(segment);
                continue;
            }

            ReadTables(marker, segment);
            marker = NextMarker();
        }

        if (_frame is null || _scans == 0) throw BadImageException.Damaged("its JPEG has no picture data");
        var missing = _frame.Components.Count(component => !component.HasDc);
        if (missing > 0)
        {
            throw BadImageException.Damaged(
                $"the picture data of {missing} of the {_frame.Components.Count} components of its JPEG are missing");
        }

        return Header(_frame);
    }

    private ImageHeader Header(JpegFrame frame) => new(ImageFormat.Jpeg, frame.Width, frame.Height)
    {
        Orientation = _orientation ?? ExifOrientation.Upright,
        WholeBytes = _keepsAll ? frame.CoefficientBytes : 0,
    };

    /// <summary>The next marker; like libjpeg it passes over what stands between segments, which some cameras write.</summary>
    private int NextMarker()
    {
        while (true)
        {
            int value;
            while ((value = Byte()) != 0xFF)
            {
            }

            while (value == 0xFF) value = Byte();
            if (value != 0) return value;
        }

        int Byte()
        {
            var value = _bytes.TryRead();
            return value >= 0 ? value : throw NoEnd();
        }
    }

    private BadImageException NoEnd() => BadImageException.CutOff(
        _frame is null ? "before the picture of its JPEG begins"
        : _scans == 0 ? "before the picture data of its JPEG"
        : _frame.Progressive ? $"after {_scans} scans of a progressive JPEG, without the end marker"
        : "without the end marker of a JPEG");

    private byte[] ReadSegment()
    {
        var length = _bytes.ReadBigEndian16(Segment);
        if (length < 2) throw BadImageException.Damaged($"a segment of its JPEG has the length {length} at byte {_bytes.Position}");
        var segment = new byte[length - 2];
        _bytes.Read(segment, Segment);
        return segment;
    }

    private void ReadTables(int marker, byte[] segment)
    {
        switch (marker)
        {
            case 0xC4:
                ReadHuffmanTables(segment);
                break;
            case 0xCC:
                throw new BadImageException("it is an arithmetic-coded JPEG, which is not read");
            case >= 0xC0 and <= 0xCF:
                if (_frame is not null) throw BadImageException.Damaged("its JPEG has a second frame header");
                _frame = JpegFrame.Read(segment, marker, _limits);
                break;
            case 0xDD when segment.Length >= 2:
                _restartInterval = segment[0] << 8 | segment[1];
                break;
            case 0xE1:
                _orientation ??= ExifOrientation.Find(segment, needsPrefix: true);
                break;
        }
    }

    private void ReadHuffmanTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 16)
        {
            var counts = segment.Slice(1, 16);
            var symbols = 0;
            foreach (var count in counts) symbols += count;
            var (isAc, place) = (segment[0] >> 4, segment[0] & 15);
            if (isAc > 1 || place > 3 || symbols > 256 || 17 + symbols > segment.Length) break;
            (isAc == 1 ? _ac : _dc)[place] = JpegHuffmanTable.Create(counts, segment.Slice(17, symbols));
            segment = segment[(17 + symbols)..];
        }

        if (segment.Length > 0) throw BadImageException.Damaged("a Huffman table of its JPEG has a wrong length");
    }

    /// <summary>Reads a scan's header and walks over its data.</summary>
    /// <returns>The marker after it.</returns>
    private int ReadScan(ReadOnlySpan<byte> segment)
    {
        var frame = _frame ?? throw BadImageException.Damaged("the picture data of its JPEG come before the frame header");
        if (segment.Length < 1 || segment[0] is < 1 or > 4 || segment.Length != 4 + 2 * segment[0])
            throw BadImageException.Damaged("a scan header of its JPEG has a wrong length");
        if (++_scans > MostScans) throw BadImageException.Damaged($"its JPEG has more than {MostScans} scans");
        var last = segment[^3..];
        var (first, end, refines) = frame.Progressive ? (last[0], last[1], last[2] >> 4 != 0) : (0, LastCoefficient, false);
        CheckProgression(frame, segment[0], first, end);
        if (_scans == 1) Begin(frame, segment[0]);

        var bits = new JpegBits(_bytes);
        var parts = Parts(frame, segment.Slice(1, 2 * segment[0]), first, refines, out var complete);
        if (complete)
        {
            var scan = new JpegScan(frame, bits)
            {
                Parts = parts,
                First = first,
                Last = end,
                Refines = refines,
                RestartInterval = _restartInterval,
            };
            scan.Check();
        }
        else
        {
            SkipScan(bits);
        }

        if (bits.Marker == JpegBits.EndOfFile) throw NoEnd();
        if (first == 0)
        {
            foreach (var (component, _, _) in parts) component.HasDc = true;
        }

        return bits.Marker;
    }

    private static void CheckProgression(JpegFrame frame, int components, int first, int last)
    {
        if (first > last || last > LastCoefficient || (frame.Progressive && (first == 0 ? last != 0 : components != 1)))
            throw BadImageException.Damaged($"a scan of its JPEG has coefficients {first} to {last} of {components} components");
    }

    /// <summary>What is known at the first scan decides on memory, before any is taken.</summary>
    private void Begin(JpegFrame frame, int components)
    {
        _keepsAll = frame.Progressive || components < frame.Components.Count;
        _limits.CheckMemory(Header(frame));
        if (!frame.Progressive) return;
        foreach (var component in frame.Components) component.NonZero = new ulong[component.PaddedWide * component.PaddedHigh];
    }

    /// <summary>
    /// The components of a scan with their tables, and whether all tables are there; films of single JPEGs leave the usual ones out, which
    /// decoders know.
    /// </summary>
    private List<(JpegComponent Component, JpegHuffmanTable? Dc, JpegHuffmanTable? Ac)> Parts(
        JpegFrame frame, ReadOnlySpan<byte> specifications, int first, bool refines, out bool complete)
    {
        complete = true;
        var parts = new List<(JpegComponent Component, JpegHuffmanTable? Dc, JpegHuffmanTable? Ac)>();
        for (var i = 0; i < specifications.Length; i += 2)
        {
            var id = specifications[i];
            var component = frame.Components.FirstOrDefault(c => c.Id == id && !parts.Exists(part => part.Component == c))
                ?? throw BadImageException.Damaged($"a scan of its JPEG has the component {id}, which its frame has not");
            var (dc, ac) = (_dc[specifications[i + 1] >> 4 & 3], _ac[specifications[i + 1] & 3]);
            var needsDc = first == 0 && !(frame.Progressive && refines);
            var needsAc = first > 0 || !frame.Progressive;
            complete &= (dc is not null || !needsDc) && (ac is not null || !needsAc);
            parts.Add((component, dc, ac));
        }

        return parts;
    }

    private static void SkipScan(JpegBits bits)
    {
        bits.SkipToMarker();
        while (bits.Marker is >= 0xD0 and <= 0xD7)
        {
            bits.Restart();
            bits.SkipToMarker();
        }
    }
}
