namespace MLNet.VisionLanguage.Images;

/// <summary>The bits of a JPEG scan up to the next marker.</summary>
internal sealed class JpegBits(ByteReader bytes)
{
    /// <summary><see cref="Marker"/> where the file ends instead.</summary>
    public const int EndOfFile = -1;

    /// <summary>The bits of the longest code and the longest number after it.</summary>
    private const int LongestCoefficient = 31;

    private ulong _bits;
    private int _count;

    /// <summary>The marker that ended the bits; 0 while there are more.</summary>
    public int Marker { get; private set; }

    /// <summary>About where in the file the bits are.</summary>
    public long Position => bytes.Position - _count / 8;

    /// <summary>Reads a Huffman code.</summary>
    /// <returns>Its symbol; -1 when the bits end before.</returns>
    /// <exception cref="BadImageException">No code begins with the next bits.</exception>
    public int ReadSymbol(JpegHuffmanTable table)
    {
        if (_count < 16) Fill();

        // Missing bits read as 1, as writers pad the last byte.
        var next = _count >= 16 ? (int)(_bits >> (_count - 16)) & 0xFFFF : (int)((_bits << (16 - _count)) | (0xFFFFu >> _count)) & 0xFFFF;
        var found = table.Find(next);
        var length = found >> 8;
        if (length == 0)
        {
            return _count < 16
                ? -1
                : throw BadImageException.Damaged($"the picture data of its JPEG have an invalid code near byte {Position}");
        }

        if (length > _count) return -1;
        _count -= length;
        return found & 0xFF;
    }

    /// <summary>
    /// Passes over coefficients of a sequential block while there are bits for any of them: what nearly all of a picture goes through.
    /// </summary>
    /// <param name="table">The codes of their lengths.</param>
    /// <param name="place">The first coefficient; then the first one that is left.</param>
    /// <returns>Whether the block has ended.</returns>
    public bool SkipCoefficients(JpegHuffmanTable table, ref int place)
    {
        var (bits, count) = (_bits, _count);
        for (; place < JpegScan.BlockLength; place++)
        {
            if (count < LongestCoefficient)
            {
                _count = count;
                Fill();
                (bits, count) = (_bits, _count);
                if (count < LongestCoefficient) return false;
            }

            var found = table.Find((int)(bits >> (count - 16)) & 0xFFFF);
            if (found == 0) break;
            var (zeros, length) = (found >> 4 & 15, found & 15);
            count -= (found >> 8) + length;
            if (length == 0 && zeros < 15)
                place = JpegScan.BlockLength - 1;
            else if ((place += zeros) >= JpegScan.BlockLength)
                throw BadImageException.Damaged($"the picture data of its JPEG make no sense near byte {Position}");
        }

        _count = count;
        return place == JpegScan.BlockLength;
    }

    /// <summary>Passes over bits.</summary>
    /// <returns>Whether there were so many.</returns>
    public bool Skip(int count)
    {
        if (_count < count) Fill();
        if (_count < count) return false;
        _count -= count;
        return true;
    }

    /// <summary>Reads up to 16 bits as a number.</summary>
    /// <returns>-1 when there are not so many.</returns>
    public int ReadNumber(int count)
    {
        if (!Skip(count)) return -1;
        return (int)(_bits >> _count) & ((1 << count) - 1);
    }

    /// <summary>Passes over what is left before the next marker, which <see cref="Marker"/> then is.</summary>
    /// <returns>Whether it was nothing but fill: zeros or ones.</returns>
    public bool SkipToMarker()
    {
        var isFill = true;
        while (Marker == 0)
        {
            _count = 0;
            Fill();
            var read = _bits & (1UL << _count) - 1;
            isFill &= read == 0 || read == (1UL << _count) - 1;
        }

        _count = 0;
        return isFill;
    }

    /// <summary>Goes on after a restart marker.</summary>
    public void Restart() => (Marker, _count, _bits) = (0, 0, 0);

    private void Fill()
    {
        while (_count <= 48 && Marker == 0)
        {
            var next = bytes.Peek();
            var taken = 0;
            while (_count <= 48 && taken < next.Length && next[taken] != 0xFF)
            {
                _bits = _bits << 8 | next[taken++];
                _count += 8;
            }

            bytes.Advance(taken);
            if (_count <= 48) ReadEscaped();
        }
    }

    /// <summary>Reads where a byte of ones stands, which is followed by a zero or is a marker, or where the file ends.</summary>
    private void ReadEscaped()
    {
        var value = bytes.TryRead();
        if (value == 0xFF)
        {
            var second = bytes.TryRead();
            while (second == 0xFF) second = bytes.TryRead();
            if (second != 0)
            {
                Marker = second;
                return;
            }
        }

        if (value < 0)
        {
            Marker = EndOfFile;
            return;
        }

        _bits = _bits << 8 | (uint)value;
        _count += 8;
    }
}
