using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>A number with a type, as operators take it. The stand-in keeps it managed: there is nothing to free.</summary>
public sealed class Scalar : IDisposable
{
    internal readonly Tag Tag;
    internal readonly long Bits;

    internal Scalar(long value, torch.ScalarType type)
    {
        Tag = type == torch.ScalarType.Bool ? Tag.Bool : Tag.Int;
        Bits = value;
        // libtorch's scalars know three kinds: integers are 64 bits wide, floating-point numbers doubles.
        Type = type == torch.ScalarType.Bool ? torch.ScalarType.Bool : torch.ScalarType.Int64;
    }

    internal Scalar(double value)
    {
        Tag = Tag.Double;
        Bits = BitConverter.DoubleToInt64Bits(value);
        Type = torch.ScalarType.Float64;
    }

    public torch.ScalarType Type { get; }

    internal double Real => Tag == Tag.Double ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal long Whole => Tag == Tag.Double ? (long)BitConverter.Int64BitsToDouble(Bits) : Bits;

    public static implicit operator Scalar(byte value) => value.ToScalar();
    public static implicit operator Scalar(sbyte value) => value.ToScalar();
    public static implicit operator Scalar(short value) => value.ToScalar();
    public static implicit operator Scalar(int value) => value.ToScalar();
    public static implicit operator Scalar(long value) => value.ToScalar();
    public static implicit operator Scalar(float value) => value.ToScalar();
    public static implicit operator Scalar(double value) => value.ToScalar();
    public static implicit operator Scalar(bool value) => value.ToScalar();

    public void Dispose() => GC.SuppressFinalize(this);
}

public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => new(value, torch.ScalarType.Byte);
    public static Scalar ToScalar(this sbyte value) => new(value, torch.ScalarType.Int8);
    public static Scalar ToScalar(this short value) => new(value, torch.ScalarType.Int16);
    public static Scalar ToScalar(this int value) => new(value, torch.ScalarType.Int32);
    public static Scalar ToScalar(this long value) => new(value, torch.ScalarType.Int64);
    public static Scalar ToScalar(this float value) => new(value);
    public static Scalar ToScalar(this double value) => new(value);
    public static Scalar ToScalar(this bool value) => new(value ? 1 : 0, torch.ScalarType.Bool);

    public static float ToSingle(this Scalar value) => (float)value.Real;
    public static double ToDouble(this Scalar value) => value.Real;
    public static sbyte ToSByte(this Scalar value) => checked((sbyte)value.Whole);
    public static byte ToByte(this Scalar value) => checked((byte)value.Whole);
    public static short ToInt16(this Scalar value) => checked((short)value.Whole);
    public static int ToInt32(this Scalar value) => checked((int)value.Whole);
    public static long ToInt64(this Scalar value) => value.Whole;
    public static bool ToBoolean(this Scalar value) => value.Real != 0;
}
