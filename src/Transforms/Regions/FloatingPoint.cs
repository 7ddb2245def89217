using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Arrays of floating-point numbers whose file does not say whether they have 16, 32 or 64 bits. Lengths decide where they can; where
/// several sizes fit, the numbers must look like features: read in a wrong size, bits of mantissas become exponents, and numbers
/// of every magnitude come out.
/// </summary>
internal static class FloatingPoint
{
    /// <summary>The bytes that a number may have, the usual one first.</summary>
    public static readonly int[] Sizes = [4, 2, 8];

    private const double Least = 1e-6;
    private const double LeastOfHalf = 1e-5;
    private const double Most = 1e6;

    /// <summary>Of true numbers hardly any lies outside the magnitudes above; of wrongly read ones a good part does.</summary>
    private const double Share = 0.95;

    /// <summary>Little-endian numbers as Single.</summary>
    public static float[] ToSingles(ReadOnlySpan<byte> bytes, int size)
    {
        if (size == 4 && BitConverter.IsLittleEndian) return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        var result = new float[bytes.Length / size];
        for (var i = 0; i < result.Length; i++) result[i] = (float)At(bytes, i, size);
        return result;
    }

    /// <summary>Whether the bytes, read as numbers of a size, look like what networks compute.</summary>
    public static bool IsPlausible(ReadOnlySpan<byte> bytes, int size)
    {
        var count = bytes.Length / size;
        var usual = 0;
        for (var i = 0; i < count; i++)
        {
            var value = Math.Abs(At(bytes, i, size));
            if (!double.IsFinite(value)) return false;
            if (value == 0 || (value >= (size == 2 ? LeastOfHalf : Least) && value <= Most)) usual++;
        }

        return usual >= Share * count;
    }

    private static double At(ReadOnlySpan<byte> bytes, int index, int size)
    {
        var value = bytes.Slice(index * size, size);
        return size switch
        {
            2 => (double)BinaryPrimitives.ReadHalfLittleEndian(value),
            4 => BinaryPrimitives.ReadSingleLittleEndian(value),
            _ => BinaryPrimitives.ReadDoubleLittleEndian(value),
        };
    }
}
