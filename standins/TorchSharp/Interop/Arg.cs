using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

internal enum Tag
{
    None, Tensor, Int, Double, Bool, Ints, Tensors, String, Doubles, Device, Generator, Default
}

/// <summary>The 16 bytes the shim reads and writes for one argument or result.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeArg
{
    [FieldOffset(0)] public Tag Tag;
    [FieldOffset(4)] public int Length;
    [FieldOffset(8)] public long Int;
    [FieldOffset(8)] public double Double;
    [FieldOffset(8)] public nint Pointer;
}

/// <summary>
/// One argument of an operator, built without boxing. It keeps the managed object alive: the arguments of a call live on the
/// caller's stack until the call returns, so no finalizer can free a tensor that libtorch is reading.
/// </summary>
internal readonly struct Arg
{
    public readonly Tag Tag;
    public readonly int Length;
    public readonly long Bits;
    public readonly object? Owner;

    private Arg(Tag tag, long bits, object? owner = null, int length = 0)
    {
        Tag = tag;
        Bits = bits;
        Owner = owner;
        Length = length;
    }

    /// <summary>The value the operator's schema gives an argument that is not passed.</summary>
    public static Arg Default => new(Tag.Default, 0);

    public static Arg None => default;

    public static implicit operator Arg(torch.Tensor? value) => value is null ? default : new(Tag.Tensor, value.Handle, value);
    public static implicit operator Arg(int value) => new(Tag.Int, value);
    public static implicit operator Arg(long value) => new(Tag.Int, value);
    public static implicit operator Arg(long? value) => value.HasValue ? new(Tag.Int, value.Value) : default;
    public static implicit operator Arg(float value) => new(Tag.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(double value) => new(Tag.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(bool value) => new(Tag.Bool, value ? 1 : 0);
    public static implicit operator Arg(Scalar? value) => value is null ? default : new(value.Tag, value.Bits);
    public static implicit operator Arg(torch.ScalarType value) => new(Tag.Int, (long)value);
    public static implicit operator Arg(torch.ScalarType? value) => value.HasValue ? new(Tag.Int, (long)value.Value) : default;
    public static implicit operator Arg(torch.Device? value) =>
        value is null ? default : new(Tag.Device, value.index, null, (int)value.type);
    public static implicit operator Arg(torch.Generator? value) => value is null ? default : new(Tag.Generator, value.Handle, value);
    public static implicit operator Arg(torch.nn.Reduction value) => new(Tag.Int, (long)value);
    public static implicit operator Arg(string value) => new(Tag.String, 0, value);
    public static implicit operator Arg(long[]? value) => value is null ? default : new(Tag.Ints, 0, value, value.Length);
    public static implicit operator Arg(ReadOnlySpan<long> value) => value.ToArray();
    public static implicit operator Arg(torch.Tensor?[] value) => new(Tag.Tensors, 0, value, value.Length);
}
