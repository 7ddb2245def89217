namespace MLNet.VisionLanguage.Images;

/// <summary>A JPEG's Huffman table (ITU T.81, annex C), as a look-up by the next 16 bits in two steps.</summary>
internal sealed class JpegHuffmanTable
{
    private const int LongestCode = 16;
    private const int QuickBits = 9;

    /// <summary>By the first bits: length &lt;&lt; 8 | symbol, 0 for longer codes.</summary>
    private readonly ushort[] _quick = new ushort[1 << QuickBits];

    /// <summary>Of each length: the first code that is longer, shifted to 16 bits.</summary>
    private readonly int[] _end = new int[LongestCode + 1];

    /// <summary>Of each length: what to add to a code to get its symbol's place.</summary>
    private readonly int[] _offset = new int[LongestCode + 1];

    private readonly byte[] _symbols;

    private JpegHuffmanTable(byte[] symbols) => _symbols = symbols;

    /// <summary>Builds a table.</summary>
    /// <param name="counts">How many codes there are of 1 to 16 bits.</param>
    /// <param name="symbols">Their symbols in order.</param>
    /// <exception cref="BadImageException">There are more codes of a length than fit.</exception>
    public static JpegHuffmanTable Create(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        var table = new JpegHuffmanTable(symbols.ToArray());
        var (code, place) = (0, 0);
        for (var length = 1; length <= LongestCode; length++)
        {
            table._offset[length] = place - code;
            for (var i = 0; i < counts[length - 1]; i++, code++, place++)
            {
                var rest = QuickBits - length;
                if (rest >= 0 && code < 1 << length)
                    table._quick.AsSpan(code << rest, 1 << rest).Fill((ushort)(length << 8 | symbols[place]));
            }

            if (code > 1 << length) throw BadImageException.Damaged("a Huffman table of its JPEG has more codes than fit");
            table._end[length] = code << (LongestCode - length);
            code <<= 1;
        }

        return table;
    }

    /// <summary>Finds the code that the next 16 bits begin with.</summary>
    /// <returns>Length &lt;&lt; 8 | symbol; 0 when no code begins so.</returns>
    public int Find(int next16)
    {
        var quick = _quick[next16 >> (LongestCode - QuickBits)];
        return quick != 0 ? quick : FindLong(next16);
    }

    private int FindLong(int next16)
    {
        for (var length = QuickBits + 1; length <= LongestCode; length++)
        {
            if (next16 < _end[length]) return length << 8 | _symbols[(next16 >> (LongestCode - length)) + _offset[length]];
        }

        return 0;
    }
}
