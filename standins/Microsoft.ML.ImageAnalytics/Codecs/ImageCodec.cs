namespace Microsoft.ML.Data;

/// <summary>A decoded picture: rows from the top, 4 bytes a pixel in the order B, G, R, A, colours not multiplied by alpha.</summary>
internal readonly record struct DecodedImage(int Width, int Height, byte[] Bgra);

/// <summary>A file that is not a picture this library can read; the text says why, without the file's name.</summary>
internal sealed class ImageFormatException(string message, Exception inner = null) : Exception(message, inner);

/// <summary>Recognizes a format by its first bytes and hands over to its decoder.</summary>
internal static class ImageCodec
{
    /// <summary>2^27 pixels, half a gigabyte decoded: more is taken for a corrupt or hostile header.</summary>
    private const long MaxPixels = 1L << 27;

    public static DecodedImage Decode(ReadOnlySpan<byte> file)
    {
        if (file.Length >= 3 && file[0] == 0xFF && file[1] == 0xD8 && file[2] == 0xFF)
            return JpegCodec.Decode(file);
        if (file.StartsWith(PngReader.Signature))
            return PngReader.Decode(file);
        throw new ImageFormatException(
            file.IsEmpty ? "it is empty" : "it is neither JPEG nor PNG (first bytes " + Convert.ToHexString(file[..Math.Min(8, file.Length)]) + ")");
    }

    public static byte[] AllocatePixels(int width, int height)
    {
        CheckSize(width, height);
        return new byte[width * height * 4];
    }

    public static void CheckSize(int width, int height)
    {
        if (width <= 0 || height <= 0 || (long)width * height > MaxPixels)
            throw new ImageFormatException($"its header says {width} x {height} pixels (1 to {MaxPixels} are accepted)");
    }
}
