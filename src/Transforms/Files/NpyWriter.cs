using System.Globalization;
using System.Runtime.InteropServices;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Files;

/// <summary>Writes arrays as NumPy saves them (.npy, version 1), in row-major order.</summary>
internal static class NpyWriter
{
    private const int Alignment = 64;
    private const int Start = 10;

    /// <summary>An array of whole numbers of 64 bits.</summary>
    public static void Write(Stream stream, ReadOnlySpan<long> values, params ReadOnlySpan<int> shape) =>
        Write(stream, "<i8", MemoryMarshal.AsBytes(values), shape);

    /// <summary>An array of floating-point numbers of 32 bits.</summary>
    public static void Write(Stream stream, ReadOnlySpan<float> values, params ReadOnlySpan<int> shape) =>
        Write(stream, "<f4", MemoryMarshal.AsBytes(values), shape);

    /// <summary>An array of floating-point numbers of 16 bits.</summary>
    public static void Write(Stream stream, ReadOnlySpan<Half> values, params ReadOnlySpan<int> shape) =>
        Write(stream, "<f2", MemoryMarshal.AsBytes(values), shape);

    private static void Write(Stream stream, string type, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> shape)
    {
        var sides = "";
        foreach (var side in shape) sides += string.Create(CultureInfo.InvariantCulture, $"{side}, ");
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({(shape.Length == 1 ? sides.TrimEnd() : sides.TrimEnd(',', ' '))}), }}";

        // The numbers begin at a multiple of 64, the line break before them included.
        header = header.PadRight(((Start + header.Length + Alignment) / Alignment * Alignment) - Start - 1) + "\n";
        stream.Write([0x93, .. "NUMPY"u8, 1, 0]);
        stream.Write(BitConverter.GetBytes((ushort)header.Length));
        stream.Write(TextEncoding.Latin1.GetBytes(header));
        stream.Write(bytes);
    }
}
