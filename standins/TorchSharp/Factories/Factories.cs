using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    private static readonly Op ArangeOp = new("arange", "start_step"), LinspaceOp = new("linspace"), EyeOp = new("eye", "m"),
        RandintOp = new("randint", "low"), RandintFromOp = new("randint", "low_generator"), RandpermOp = new("randperm"),
        RandpermFromOp = new("randperm", "generator");

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made(ArangeOp.Call(start, stop, step, dtype, Arg.None, device ?? get_default_device()), requires_grad);

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made(LinspaceOp.Call(start, end, steps, dtype ?? get_default_dtype(), Arg.None, device ?? get_default_device()), requires_grad);

    public static Tensor eye(long rows, long columns = -1L, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Made(EyeOp.Call(rows, columns < 0 ? rows : columns, dtype ?? get_default_dtype(), Arg.None, device ?? get_default_device()),
            requires_grad);

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator);

    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Made(generator is null
            ? RandintOp.Call(low, high, size, dtype ?? ScalarType.Int64, Arg.None, device ?? get_default_device())
            : RandintFromOp.Call(low, high, size, generator, dtype ?? ScalarType.Int64, Arg.None, device ?? get_default_device()),
            requires_grad);

    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null) =>
        Made(generator is null
            ? RandpermOp.Call(n, dtype ?? ScalarType.Int64, Arg.None, device ?? get_default_device())
            : RandpermFromOp.Call(n, generator, dtype ?? ScalarType.Int64, Arg.None, device ?? get_default_device()), requires_grad);

    private static T[] Copied<T>(IList<T> values) => values as T[] ?? [.. values];

    private static unsafe Tensor FromMemory<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> sizes, ScalarType type, ScalarType? wanted,
        Device? device, bool requires_grad) where T : unmanaged
    {
        Tensor made;
        fixed (T* data = values)
        fixed (long* dims = sizes)
            made = new Tensor(Native.Check(Native.vl_from_memory(data, (long)values.Length * sizeof(T), dims, sizes.Length, (int)type)));
        var place = device ?? get_default_device();
        if ((wanted ?? type) != type || place.type != DeviceType.CPU) made = made.to(wanted ?? type, place, disposeAfter: true);
        return Made(made, requires_grad);
    }

    private static Tensor FromArray<T>(Array values, ScalarType type, ScalarType? wanted, Device? device, bool requires_grad)
        where T : unmanaged
    {
        var sizes = new long[values.Rank];
        for (var i = 0; i < sizes.Length; i++) sizes[i] = values.GetLongLength(i);
        var elements = values.Length == 0
            ? []
            : MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(values)), values.Length);
        return FromMemory(elements, sizes, type, wanted, device, requires_grad);
    }
}
