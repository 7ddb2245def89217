using System.IO.Compression;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Rewrites a grayscale PNG of 16 bits a sample, none of which is above 255, with 8 bits. Such files hold an 8-bit picture, as scientific
/// tools write them; Pillow, which the references read images with, shows them so, while their high bytes alone are all black.
/// </summary>
internal static class PngNarrowing
{
    /// <summary>
    /// Writes the narrow file. A PNG predicts each byte of a pixel from bytes at the same place of other pixels, so the low bytes of the
    /// stored rows are, unchanged, the stored rows of the narrow picture.
    /// </summary>
    /// <param name="stream">A checked file.</param>
    /// <param name="limits">The limits it was checked with.</param>
    public static MemoryStream ToEightBits(Stream stream, ImageLimits limits)
    {
        var narrow = new MemoryStream();
        var bytes = new ByteReader(stream);
        Span<byte> signature = stackalloc byte[PngFile.SignatureLength];
        bytes.Read(signature, "its signature");
        narrow.Write(signature);
        PngHeader? header = null;
        var chunk = PngChunkStream.Open(bytes);
        while (chunk.Type != "IEND")
        {
            switch (chunk.Type)
            {
                case "IHDR":
                    var data = chunk.ReadAll();
                    header = PngHeader.Read(data, limits);
                    data[8] = 8;
                    PngChunkStream.Write(narrow, chunk.Type, data);
                    break;
                case "tRNS" when chunk.Left == 2:
                    var transparent = chunk.ReadAll();
                    if (transparent[0] == 0) PngChunkStream.Write(narrow, chunk.Type, transparent);
                    break;
                case PngChunkStream.PictureData:
                    PngChunkStream.Write(narrow, chunk.Type, Narrow(chunk, header!));
                    PngChunkStream.Write(narrow, "IEND", []);
                    return narrow;
                default:
                    chunk.Finish();
                    break;
            }

            chunk = PngChunkStream.Open(bytes);
        }

        throw new InvalidOperationException("The file was checked to have picture data.");
    }

    private static ReadOnlySpan<byte> Narrow(PngChunkStream wide, PngHeader header)
    {
        using var compressed = new MemoryStream();
        using (var from = new ZLibStream(wide, CompressionMode.Decompress, leaveOpen: true))
        using (var to = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (var (rows, length) in header.Rows())
            {
                var row = new byte[1 + length];
                for (var i = 0; i < rows; i++)
                {
                    from.ReadExactly(row);
                    for (var sample = 0; sample < length / 2; sample++) row[1 + sample] = row[2 + 2 * sample];
                    to.Write(row.AsSpan(0, 1 + (int)length / 2));
                }
            }
        }

        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }
}
