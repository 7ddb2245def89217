using System.Buffers.Binary;

namespace MLNet.VisionLanguage.Images;

/// <summary>A PNG's header chunk IHDR (PNG specification, 11.2.2) and what follows from it.</summary>
internal sealed record PngHeader(int Width, int Height, int BitDepth, int ColourType, bool Interlaced)
{
    public const int Length = 13;
    public const int Gray = 0;
    public const int Palette = 3;

    /// <summary>The seven passes of an interlaced picture: the first column and row, and the steps between them.</summary>
    private static readonly (int Column, int Row, int Across, int Down)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <exception cref="BadImageException">
    /// A field has a value that the specification does not know, or the picture is above the limits.
    /// </exception>
    public static PngHeader Read(ReadOnlySpan<byte> data, ImageLimits limits)
    {
        var width = BinaryPrimitives.ReadUInt32BigEndian(data);
        var height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        var (bitDepth, colourType) = (data[8], data[9]);
        var fits = colourType switch
        {
            Gray => bitDepth is 1 or 2 or 4 or 8 or 16,
            Palette => bitDepth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => bitDepth is 8 or 16,
            _ => false,
        };
        if (!fits) throw BadImageException.Damaged($"the header of its PNG names colour type {colourType} with {bitDepth} bits a sample");
        if (data[10] != 0 || data[11] != 0 || data[12] > 1)
        {
            throw BadImageException.Damaged(
                $"the header of its PNG names an unknown compression ({data[10]}), filter ({data[11]}) or interlace method ({data[12]})");
        }

        limits.CheckSize(width, height);
        return new PngHeader((int)width, (int)height, bitDepth, colourType, data[12] == 1);
    }

    private int BitsPerPixel => BitDepth * ColourType switch
    {
        2 => 3,
        4 => 2,
        6 => 4,
        _ => 1,
    };

    /// <summary>The rows as they are stored, pass by pass: how many there are, and the bytes of each without its filter byte.</summary>
    public IEnumerable<(int Rows, long Bytes)> Rows()
    {
        if (!Interlaced) return [(Height, RowBytes(Width))];
        return Passes.Select(pass => (Rows: Steps(Height, pass.Row, pass.Down), Columns: Steps(Width, pass.Column, pass.Across)))
            .Where(pass => pass.Rows > 0 && pass.Columns > 0)
            .Select(pass => (pass.Rows, RowBytes(pass.Columns)));

        static int Steps(int side, int first, int step) => side <= first ? 0 : (side - first + step - 1) / step;
    }

    private long RowBytes(long columns) => (columns * BitsPerPixel + 7) / 8;
}
