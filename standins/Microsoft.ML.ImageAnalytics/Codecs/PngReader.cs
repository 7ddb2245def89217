using System.IO.Compression;

namespace Microsoft.ML.Data;

/// <summary>
/// Decodes PNG to 8 bits a channel without colour management: 16-bit samples keep their high byte, gAMA and iCCP are ignored.
/// </summary>
internal static class PngReader
{
    /// <summary>Deflate cannot expand by more than this; a header that asks for more is wrong.</summary>
    private const long MaxExpansion = 1032;

    private static readonly (int X, int Y, int StepX, int StepY)[] AllPixels = [(0, 0, 1, 1)];
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public static DecodedImage Decode(ReadOnlySpan<byte> file)
    {
        var chunks = PngChunks.Read(file);
        var compressed = chunks.JoinData(file);
        var bitsPerPixel = chunks.Channels * chunks.BitDepth;
        ImageCodec.CheckSize(chunks.Width, chunks.Height);
        if ((long)chunks.Width * chunks.Height * bitsPerPixel / 8 > (compressed.LongLength + 16) * MaxExpansion)
        {
            throw new ImageFormatException(
                $"PNG: {compressed.Length} bytes of picture data cannot hold the {chunks.Width} x {chunks.Height} pixels of the header");
        }
        var pixels = ImageCodec.AllocatePixels(chunks.Width, chunks.Height);
        using var inflater = new ZLibStream(new MemoryStream(compressed), CompressionMode.Decompress);
        try
        {
            foreach (var (x, y, stepX, stepY) in chunks.Interlaced ? Adam7 : AllPixels)
                DecodePass(chunks, inflater, pixels, bitsPerPixel, x, y, stepX, stepY);
        }
        catch (InvalidDataException e)
        {
            throw new ImageFormatException("PNG: the picture data is corrupt", e);
        }
        catch (EndOfStreamException e)
        {
            throw new ImageFormatException("PNG: the picture data ends before the picture is complete", e);
        }
        return new DecodedImage(chunks.Width, chunks.Height, pixels);
    }

    private static void DecodePass(
        PngChunks chunks, ZLibStream inflater, byte[] pixels, int bitsPerPixel, int x0, int y0, int stepX, int stepY)
    {
        var columns = (chunks.Width - x0 + stepX - 1) / stepX;
        var rows = (chunks.Height - y0 + stepY - 1) / stepY;
        if (columns <= 0 || rows <= 0)
            return;

        var rowBytes = (int)(((long)columns * bitsPerPixel + 7) / 8);
        var distance = Math.Max(1, bitsPerPixel / 8);
        var previous = new byte[rowBytes];
        var current = new byte[rowBytes];
        var filter = new byte[1];
        for (var row = 0; row < rows; row++)
        {
            inflater.ReadExactly(filter);
            inflater.ReadExactly(current);
            Unfilter(filter[0], current, previous, distance);
            var target = ((long)(y0 + row * stepY) * chunks.Width + x0) * 4;
            ConvertRow(chunks, current, columns, pixels.AsSpan((int)target), stepX * 4);
            (previous, current) = (current, previous);
        }
    }

    private static void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (var i = distance; i < row.Length; i++)
                    row[i] += row[i - distance];
                break;
            case 2:
                for (var i = 0; i < row.Length; i++)
                    row[i] += above[i];
                break;
            case 3:
                for (var i = 0; i < row.Length; i++)
                    row[i] += (byte)(((i < distance ? 0 : row[i - distance]) + above[i]) / 2);
                break;
            case 4:
                for (var i = 0; i < row.Length; i++)
                {
                    var left = i < distance ? 0 : row[i - distance];
                    var upperLeft = i < distance ? 0 : above[i - distance];
                    row[i] += Paeth(left, above[i], upperLeft);
                }
                break;
            default:
                throw new ImageFormatException($"PNG: unknown row filter {filter} (expected 0 to 4)");
        }
    }

    private static byte Paeth(int left, int up, int upperLeft)
    {
        var estimate = left + up - upperLeft;
        var toLeft = Math.Abs(estimate - left);
        var toUp = Math.Abs(estimate - up);
        var toUpperLeft = Math.Abs(estimate - upperLeft);
        if (toLeft <= toUp && toLeft <= toUpperLeft)
            return (byte)left;
        return (byte)(toUp <= toUpperLeft ? up : upperLeft);
    }

    private static void ConvertRow(PngChunks chunks, ReadOnlySpan<byte> row, int columns, Span<byte> target, int step)
    {
        var palette = chunks.Palette;
        var transparency = chunks.Transparency;
        for (var column = 0; column < columns; column++)
        {
            var pixel = target.Slice(column * step, 4);
            var sample = column * chunks.Channels;
            int red, green, blue, alpha;
            switch (chunks.ColorType)
            {
                case 0:
                    var gray = Sample(row, sample, chunks.BitDepth);
                    alpha = transparency is not null && gray == Key(transparency, 0, chunks.BitDepth) ? 0 : 255;
                    red = green = blue = To8Bits(gray, chunks.BitDepth);
                    break;
                case 3:
                    var index = Sample(row, sample, chunks.BitDepth);
                    var known = index * 3 + 2 < palette.Length;
                    red = known ? palette[index * 3] : 0;
                    green = known ? palette[index * 3 + 1] : 0;
                    blue = known ? palette[index * 3 + 2] : 0;
                    alpha = transparency is not null && index < transparency.Length ? transparency[index] : 255;
                    break;
                case 4:
                    red = green = blue = To8Bits(Sample(row, sample, chunks.BitDepth), chunks.BitDepth);
                    alpha = To8Bits(Sample(row, sample + 1, chunks.BitDepth), chunks.BitDepth);
                    break;
                default:
                    red = Sample(row, sample, chunks.BitDepth);
                    green = Sample(row, sample + 1, chunks.BitDepth);
                    blue = Sample(row, sample + 2, chunks.BitDepth);
                    alpha = chunks.ColorType == 6
                        ? To8Bits(Sample(row, sample + 3, chunks.BitDepth), chunks.BitDepth)
                        : IsKey(transparency, chunks.BitDepth, red, green, blue) ? 0 : 255;
                    red = To8Bits(red, chunks.BitDepth);
                    green = To8Bits(green, chunks.BitDepth);
                    blue = To8Bits(blue, chunks.BitDepth);
                    break;
            }
            pixel[0] = (byte)blue;
            pixel[1] = (byte)green;
            pixel[2] = (byte)red;
            pixel[3] = (byte)alpha;
        }
    }

    private static int Sample(ReadOnlySpan<byte> row, int index, int bitDepth)
    {
        if (bitDepth == 8)
            return row[index];
        if (bitDepth == 16)
            return row[index * 2] << 8 | row[index * 2 + 1];
        var bit = index * bitDepth;
        return row[bit / 8] >> (8 - bitDepth - bit % 8) & ((1 << bitDepth) - 1);
    }

    private static int To8Bits(int sample, int bitDepth) => bitDepth switch
    {
        8 => sample,
        16 => sample >> 8,
        _ => sample * 255 / ((1 << bitDepth) - 1),
    };

    /// <summary>The transparent value of a channel; only as many low bits count as a sample has.</summary>
    private static int Key(byte[] transparency, int channel, int bitDepth)
        => (transparency[channel * 2] << 8 | transparency[channel * 2 + 1]) & ((1 << bitDepth) - 1);

    private static bool IsKey(byte[] transparency, int bitDepth, int red, int green, int blue)
        => transparency is not null && red == Key(transparency, 0, bitDepth) && green == Key(transparency, 1, bitDepth)
            && blue == Key(transparency, 2, bitDepth);
}
