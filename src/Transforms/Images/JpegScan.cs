namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Walks over the Huffman codes of one JPEG scan (ITU T.81, annexes F and G) without computing a pixel, to see whether all the picture is
/// there. Decoders do not tell: libjpeg fills gray in for what is missing or broken, and only warns where nobody listens.
/// </summary>
internal sealed class JpegScan
{
    public const int BlockLength = 64;

    private const int LongestNumber = 15;
    private const int FirstRestart = 0xD0;

    /// <summary>From so many units on, the last one may be incomplete.</summary>
    private const long Forgiving = 100;

    /// <summary>
    /// Bytes behind the picture data, up to the next marker, that no camera writes; fewer are fill or left over from a buffer.
    /// </summary>
    private const long LeftOver = 256;

    /// <summary>The share of the picture data that must be left over too: one in so many.</summary>
    private const long Suspicious = 16;

    private readonly JpegFrame _frame;
    private readonly JpegBits _bits;

    /// <summary>AC scans of a progressive picture: following blocks that have nothing new.</summary>
    private int _emptyBlocks;

    public JpegScan(JpegFrame frame, JpegBits bits)
    {
        _frame = frame;
        _bits = bits;
    }

    /// <summary>The components in it with their tables; a table is null where the scan needs none.</summary>
    public required IReadOnlyList<(JpegComponent Component, JpegHuffmanTable? Dc, JpegHuffmanTable? Ac)> Parts { get; init; }

    /// <summary>The first and last coefficient in it, 0 to 63.</summary>
    public required int First { get; init; }

    public required int Last { get; init; }

    /// <summary>Whether it adds one more bit to coefficients of earlier scans.</summary>
    public required bool Refines { get; init; }

    /// <summary>Units between two restart markers; 0 for none.</summary>
    public required int RestartInterval { get; init; }

    /// <summary>Reads the scan; the marker after it is then that of the bits.</summary>
    /// <exception cref="BadImageException">Picture data are missing or damaged.</exception>
    public void Check()
    {
        var alone = Parts.Count == 1 ? Parts[0].Component : null;
        var (wide, high) = alone is null ? (_frame.UnitsWide, _frame.UnitsHigh) : (alone.BlocksWide, alone.BlocksHigh);
        var total = (long)wide * high;
        var begin = _bits.Position;

        // The last bits of a photograph, which some cameras leave out.
        var forgiven = _frame.Progressive ? 0 : total / Forgiving;
        for (long unit = 0; unit < total; unit++)
        {
            if (RestartInterval > 0 && unit > 0 && unit % RestartInterval == 0) Restart(unit, total);
            var (row, column) = ((int)(unit / wide), (int)(unit % wide));
            if (alone is null ? ReadUnit(row, column) : ReadBlock(0, row * alone.PaddedWide + column)) continue;
            var next = RestartInterval > 0 ? Math.Min(total, (unit / RestartInterval + 1) * RestartInterval) : total;
            if (next - unit > Math.Min(forgiven, 1)) throw Missing(unit, total);
            unit = next - 1;
        }

        var end = _bits.Position;
        if (!_bits.SkipToMarker() && _bits.Position - end is > LeftOver and var left && left > (end - begin) / Suspicious)
            throw BadImageException.Damaged($"{left} bytes are left over behind the picture data of its JPEG");
        while (_bits.Marker is >= FirstRestart and < FirstRestart + 8)
        {
            _bits.Restart();
            _bits.SkipToMarker();
        }
    }

    private void Restart(long unit, long total)
    {
        _bits.SkipToMarker();
        var expected = FirstRestart + (int)((unit / RestartInterval - 1) % 8);
        if (_bits.Marker != expected) throw Missing(unit, total);
        _bits.Restart();
        _emptyBlocks = 0;
    }

    private BadImageException Missing(long unit, long total)
    {
        var share = $"after {100 * unit / total} % of the picture";
        return _bits.Marker == JpegBits.EndOfFile
            ? BadImageException.CutOff($"{share}, without the end marker of a JPEG")
            : BadImageException.Damaged($"the picture data of its JPEG end or break off {share} (near byte {_bits.Position})");
    }

    private bool ReadUnit(int row, int column)
    {
        for (var part = 0; part < Parts.Count; part++)
        {
            var component = Parts[part].Component;
            for (var y = 0; y < component.Down; y++)
            {
                for (var x = 0; x < component.Across; x++)
                {
                    if (!ReadBlock(part, (row * component.Down + y) * component.PaddedWide + column * component.Across + x)) return false;
                }
            }
        }

        return true;
    }

    /// <returns>Whether the bits reached.</returns>
    private bool ReadBlock(int part, int block)
    {
        var (component, dc, ac) = Parts[part];
        if (!_frame.Progressive) return ReadMean(dc!) && ReadSequential(ac!);
        if (First == 0) return Refines ? _bits.Skip(1) : ReadMean(dc!);
        ref var nonZero = ref component.NonZero[block];
        return Refines ? ReadRefinement(ac!, ref nonZero) : ReadFirstBits(ac!, ref nonZero);
    }

    private bool ReadMean(JpegHuffmanTable table)
    {
        var length = _bits.ReadSymbol(table);
        if (length > LongestNumber) throw Invalid();
        return length >= 0 && _bits.Skip(length);
    }

    private bool ReadSequential(JpegHuffmanTable table)
    {
        var place = 1;
        if (_bits.SkipCoefficients(table, ref place)) return true;
        for (; place < BlockLength; place++)
        {
            var symbol = _bits.ReadSymbol(table);
            if (symbol < 0) return false;
            var (zeros, length) = (symbol >> 4, symbol & 15);
            if (length == 0 && zeros < 15) return true;
            place += zeros;
            if (place >= BlockLength) throw Invalid();
            if (!_bits.Skip(length)) return false;
        }

        return true;
    }

    /// <summary>The first bits of coefficients (T.81, G.1.2.2).</summary>
    private bool ReadFirstBits(JpegHuffmanTable table, ref ulong nonZero)
    {
        if (_emptyBlocks > 0)
        {
            _emptyBlocks--;
            return true;
        }

        for (var place = First; place <= Last; place++)
        {
            var symbol = _bits.ReadSymbol(table);
            if (symbol < 0) return false;
            var (zeros, length) = (symbol >> 4, symbol & 15);
            if (length == 0 && zeros < 15) return ReadEmptyBlocks(zeros);
            place += zeros;
            if (place > Last) throw Invalid();
            if (length == 0) continue;
            nonZero |= 1UL << place;
            if (!_bits.Skip(length)) return false;
        }

        return true;
    }

    /// <summary>One more bit of coefficients that are not 0, and new ones among the others (T.81, G.1.2.3).</summary>
    private bool ReadRefinement(JpegHuffmanTable table, ref ulong nonZero)
    {
        var place = First;
        while (_emptyBlocks == 0 && place <= Last)
        {
            var symbol = _bits.ReadSymbol(table);
            if (symbol < 0) return false;
            var (zeros, length) = (symbol >> 4, symbol & 15);
            if (length > 1) throw Invalid();
            if (length == 0 && zeros < 15)
            {
                if (!ReadEmptyBlocks(zeros)) return false;
                _emptyBlocks++;
                break;
            }

            if (!_bits.Skip(length)) return false;
            for (; place <= Last; place++)
            {
                if ((nonZero >> place & 1) == 0)
                {
                    if (zeros-- == 0) break;
                }
                else if (!_bits.Skip(1))
                {
                    return false;
                }
            }

            if (length == 1)
            {
                if (place > Last) throw Invalid();
                nonZero |= 1UL << place;
            }

            place++;
        }

        if (_emptyBlocks == 0) return true;
        _emptyBlocks--;
        for (; place <= Last; place++)
        {
            if ((nonZero >> place & 1) != 0 && !_bits.Skip(1)) return false;
        }

        return true;
    }

    /// <summary>How many blocks after this one have nothing new: 2^size - 1 and as many more as the next bits say.</summary>
    private bool ReadEmptyBlocks(int size)
    {
        var more = _bits.ReadNumber(size);
        _emptyBlocks = (1 << size) + more - 1;
        return more >= 0;
    }

    private BadImageException Invalid() =>
        BadImageException.Damaged($"the picture data of its JPEG make no sense near byte {_bits.Position}");
}
