using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace TorchSharp.Interop;

/// <summary>An operator of libtorch's dispatcher, found by schema name at its first call.</summary>
internal sealed unsafe class Op(string name, string overload = "")
{
    private const int StackBytes = 1024;
    private const int MaxResults = 4;

    private nint _handle;

    private nint Handle => _handle != 0 ? _handle : _handle = Native.Check(Native.vl_find("aten::" + name, overload));

    /// <summary>Calls an operator that returns one tensor.</summary>
    public torch.Tensor Call(params ReadOnlySpan<Arg> args)
    {
        NativeArg result;
        Invoke(args, &result, 1);
        return new torch.Tensor(result.Pointer);
    }

    /// <summary>Calls an operator for its effect, as the in-place ones.</summary>
    public void Run(params ReadOnlySpan<Arg> args) => Invoke(args, null, 0);

    /// <summary>Calls an in-place operator and returns the tensor it changed.</summary>
    public torch.Tensor Change(torch.Tensor self, params ReadOnlySpan<Arg> args)
    {
        Invoke(args, null, 0);
        return self;
    }

    public (torch.Tensor, torch.Tensor) Call2(params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc NativeArg[2];
        Invoke(args, results, 2);
        return (new torch.Tensor(results[0].Pointer), new torch.Tensor(results[1].Pointer));
    }

    public (torch.Tensor, torch.Tensor, torch.Tensor) Call3(params ReadOnlySpan<Arg> args)
    {
        var results = stackalloc NativeArg[3];
        Invoke(args, results, 3);
        return (new torch.Tensor(results[0].Pointer), new torch.Tensor(results[1].Pointer), new torch.Tensor(results[2].Pointer));
    }

    /// <summary>Calls an operator that returns a list of at most <paramref name="capacity"/> tensors.</summary>
    public torch.Tensor[] CallList(int capacity, params ReadOnlySpan<Arg> args)
    {
        var results = new NativeArg[Math.Max(capacity, 1)];
        int count;
        fixed (NativeArg* p = results) count = Invoke(args, p, results.Length);
        var tensors = new torch.Tensor[count];
        for (var i = 0; i < count; i++) tensors[i] = new torch.Tensor(results[i].Pointer);
        return tensors;
    }

    /// <summary>Calls an operator that returns a truth value.</summary>
    public bool Test(params ReadOnlySpan<Arg> args)
    {
        NativeArg result;
        Invoke(args, &result, 1);
        return result.Int != 0;
    }

    [SkipLocalsInit]
    private int Invoke(ReadOnlySpan<Arg> args, NativeArg* results, int capacity)
    {
        var bytes = 0;
        foreach (ref readonly var arg in args)
            if (arg.Tag is Tag.Ints or Tag.Tensors) bytes += arg.Length * sizeof(long);
            else if (arg.Tag == Tag.String) bytes += Encoding.UTF8.GetMaxByteCount(((string)arg.Owner!).Length) + sizeof(long);
        var native = stackalloc NativeArg[args.Length];
        if (bytes <= StackBytes)
        {
            var scratch = stackalloc byte[StackBytes];
            return Invoke(args, native, scratch, results, capacity);
        }
        var heap = (byte*)NativeMemory.Alloc((nuint)bytes);
        try { return Invoke(args, native, heap, results, capacity); }
        finally { NativeMemory.Free(heap); }
    }

    private int Invoke(ReadOnlySpan<Arg> args, NativeArg* native, byte* scratch, NativeArg* results, int capacity)
    {
        for (var i = 0; i < args.Length; i++)
        {
            ref readonly var arg = ref args[i];
            native[i].Tag = arg.Tag;
            native[i].Length = arg.Length;
            native[i].Int = arg.Bits;
            if (arg.Tag is Tag.Ints or Tag.Tensors or Tag.String) scratch = CopyOut(arg, ref native[i], scratch);
        }
        var count = Native.vl_call(Handle, native, args.Length, results, capacity);
        return count >= 0 ? count : throw Native.Failure();
    }

    private static byte* CopyOut(in Arg arg, ref NativeArg native, byte* scratch)
    {
        native.Pointer = (nint)scratch;
        var slots = (long*)scratch;
        switch (arg.Tag)
        {
            case Tag.Ints:
                ((long[])arg.Owner!).CopyTo(new Span<long>(slots, arg.Length));
                return (byte*)(slots + arg.Length);
            case Tag.Tensors:
                var tensors = (torch.Tensor?[])arg.Owner!;
                for (var i = 0; i < tensors.Length; i++) slots[i] = tensors[i]?.Handle ?? 0;
                return (byte*)(slots + arg.Length);
            default:
                var text = (string)arg.Owner!;
                native.Length = Encoding.UTF8.GetBytes(text, new Span<byte>(scratch, Encoding.UTF8.GetMaxByteCount(text.Length)));
                return scratch + (native.Length + sizeof(long) - 1) / sizeof(long) * sizeof(long);
        }
    }
}
