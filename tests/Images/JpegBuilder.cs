using System.Numerics;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>
/// Writes grayscale JPEG files from quantised coefficients, in one scan or progressively with all four kinds of scans. SkiaSharp cannot.
/// All Huffman codes are 8 bits long, which is no good compression but right.
/// </summary>
internal sealed class JpegBuilder(int width, int height)
{
    private const int Quantisation = 8;
    private const int LongestRun = 0x7FFF;
    private static readonly byte[] Symbols = [.. Enumerable.Range(0, 255).Select(i => (byte)i)];

    private readonly List<byte> _file = [0xFF, 0xD8];
    private readonly List<byte> _refinements = [];
    private uint _bits;
    private int _bitCount;
    private int _emptyBlocks;

    /// <summary>Units between restart markers; 0 for none.</summary>
    public int RestartInterval { get; init; }

    private int Blocks => (width + 7) / 8 * ((height + 7) / 8);

    /// <summary>64 coefficients of each block in zigzag order.</summary>
    public static int[][] Coefficients(int width, int height, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (width + 7) / 8 * ((height + 7) / 8)).Select(_ => Enumerable.Range(0, 64).Select(k =>
            k == 0 ? random.Next(-100, 100) : k > 50 || random.Next(2) == 0 ? 0 : random.Next(-9, 10)).ToArray())];
    }

    public byte[] Sequential(int[][] blocks)
    {
        Begin(0xC0);
        Scan(0, 63, 0, 0, blocks, (block, previous) =>
        {
            Mean(block[0] - previous, 0);
            First(block, 1, 63, 0);
            FlushEmptyBlocks();
        });
        return End();
    }

    /// <summary>Writes all scans or the first ones; the fifth is two.</summary>
    public byte[] Progressive(int[][] blocks, int scans = 5)
    {
        Begin(0xC2);
        Action[] all =
        [
            () => Scan(0, 0, 0, 1, blocks, (block, previous) => Mean((block[0] >> 1) - (previous >> 1), 0)),
            () => Scan(1, 5, 0, 2, blocks, (block, _) => First(block, 1, 5, 2)),
            () => Scan(6, 63, 0, 2, blocks, (block, _) => First(block, 6, 63, 2)),
            () => Scan(1, 63, 2, 1, blocks, (block, _) => Refine(block, 1, 63, 1)),
            () =>
            {
                Scan(0, 0, 1, 0, blocks, (block, _) => Write((uint)block[0] & 1, 1));
                Scan(1, 63, 1, 0, blocks, (block, _) => Refine(block, 1, 63, 0));
            },
        ];
        foreach (var scan in all.Take(scans)) scan();
        return End();
    }

    private void Begin(byte frame)
    {
        Segment(0xDB, [0, .. Enumerable.Repeat((byte)Quantisation, 64)]);
        Segment(frame, [8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, 1, 1, 0x11, 0]);
        foreach (byte table in new byte[] { 0x00, 0x10 })
        {
            // The table of mean values may only have the sizes 0 to 15.
            var symbols = table == 0 ? Symbols[..16] : Symbols;
            Segment(0xC4, [table, 0, 0, 0, 0, 0, 0, 0, (byte)symbols.Length, 0, 0, 0, 0, 0, 0, 0, 0, .. symbols]);
        }

        if (RestartInterval > 0) Segment(0xDD, [(byte)(RestartInterval >> 8), (byte)RestartInterval]);
    }

    private byte[] End() => [.. _file, 0xFF, 0xD9];

    private void Segment(byte marker, byte[] data) =>
        _file.AddRange([0xFF, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data]);

    private void Scan(int first, int last, int high, int low, int[][] blocks, Action<int[], int> write)
    {
        Segment(0xDA, [1, 1, 0x00, (byte)first, (byte)last, (byte)(high << 4 | low)]);
        var previous = 0;
        for (var i = 0; i < Blocks; i++)
        {
            if (RestartInterval > 0 && i > 0 && i % RestartInterval == 0)
            {
                FlushEmptyBlocks();
                FlushBits();
                _file.AddRange([0xFF, (byte)(0xD0 + (i / RestartInterval - 1) % 8)]);
                previous = 0;
            }

            write(blocks[i], previous);
            previous = blocks[i][0];
        }

        FlushEmptyBlocks();
        FlushBits();
    }

    private void Mean(int difference, int run)
    {
        var size = Size(difference);
        Write((uint)(run << 4 | size), 8);
        Number(difference, size);
    }

    private void First(int[] block, int first, int last, int low)
    {
        var run = 0;
        for (var k = first; k <= last; k++)
        {
            var value = block[k] < 0 ? -(-block[k] >> low) : block[k] >> low;
            if (value == 0)
            {
                run++;
                continue;
            }

            FlushEmptyBlocks();
            for (; run > 15; run -= 16) Write(0xF0, 8);
            Mean(value, run);
            run = 0;
        }

        if (run > 0) AddEmptyBlock([]);
    }

    private void Refine(int[] block, int first, int last, int low)
    {
        var values = block.Select(value => Math.Abs(value) >> low).ToArray();
        var end = Array.FindLastIndex(values, last, last - first + 1, value => value == 1);
        var (run, pending) = (0, new List<byte>());
        for (var k = first; k <= last; k++)
        {
            if (values[k] == 0)
            {
                run++;
                continue;
            }

            for (; run > 15 && k <= end; run -= 16)
            {
                FlushEmptyBlocks();
                Write(0xF0, 8);
                Bits(pending);
            }

            if (values[k] > 1)
            {
                pending.Add((byte)(values[k] & 1));
                continue;
            }

            FlushEmptyBlocks();
            Write((uint)(run << 4 | 1), 8);
            Write(block[k] < 0 ? 0u : 1u, 1);
            Bits(pending);
            run = 0;
        }

        if (run == 0 && pending.Count == 0) return;
        AddEmptyBlock(pending);
    }

    private void AddEmptyBlock(List<byte> refinements)
    {
        _refinements.AddRange(refinements);
        if (++_emptyBlocks == LongestRun) FlushEmptyBlocks();
    }

    private void FlushEmptyBlocks()
    {
        if (_emptyBlocks == 0) return;
        var size = BitOperations.Log2((uint)_emptyBlocks);
        Write((uint)size << 4, 8);
        Write((uint)_emptyBlocks & ((1u << size) - 1), size);
        _emptyBlocks = 0;
        Bits(_refinements);
    }

    private void Bits(List<byte> bits)
    {
        foreach (var bit in bits) Write(bit, 1);
        bits.Clear();
    }

    private static int Size(int value) => value == 0 ? 0 : BitOperations.Log2((uint)Math.Abs(value)) + 1;

    private void Number(int value, int size) => Write((uint)(value < 0 ? value - 1 : value) & ((1u << size) - 1), size);

    private void Write(uint value, int count)
    {
        for (var bit = count - 1; bit >= 0; bit--)
        {
            _bits = _bits << 1 | (value >> bit & 1);
            if (++_bitCount < 8) continue;
            _file.Add((byte)_bits);
            if ((byte)_bits == 0xFF) _file.Add(0);
            (_bits, _bitCount) = (0, 0);
        }
    }

    private void FlushBits()
    {
        while (_bitCount > 0) Write(1, 1);
    }
}
