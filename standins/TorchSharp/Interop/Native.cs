using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>The C functions of standins/torch-shim.</summary>
internal static unsafe partial class Native
{
    private const string Library = "vltorch";

    // A call without the runtime's transition is right only for functions that return within nanoseconds and never block.
    [LibraryImport(Library), SuppressGCTransition] internal static partial int vl_dtype(nint t);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long vl_ndim(nint t);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long vl_numel(nint t);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long vl_element_size(nint t);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long vl_sizes(nint t, long* sizes, long capacity);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long vl_strides(nint t, long* strides, long capacity);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int vl_is_contiguous(nint t);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int vl_requires_grad(nint t);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int vl_device_type(nint t);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int vl_device_index(nint t);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long vl_storage_offset(nint t);
    [LibraryImport(Library)] internal static partial nint vl_error();
    [LibraryImport(Library)] internal static partial nint vl_version();
    [LibraryImport(Library)] internal static partial void vl_free(nint t);
    [LibraryImport(Library)] internal static partial nint vl_data(nint t);
    [LibraryImport(Library)] internal static partial int vl_is_leaf(nint t);
    [LibraryImport(Library)] internal static partial int vl_set_requires_grad(nint t, int on);
    [LibraryImport(Library)] internal static partial int vl_retain_grad(nint t);
    [LibraryImport(Library)] internal static partial nint vl_grad(nint t);
    [LibraryImport(Library)] internal static partial int vl_set_grad(nint t, nint grad);
    [LibraryImport(Library)] internal static partial nint vl_alias(nint t);
    [LibraryImport(Library)] internal static partial nint vl_from_memory(void* data, long bytes, long* sizes, long ndim, int dtype);
    [LibraryImport(Library)] internal static partial int vl_item(nint t, NativeArg* value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint vl_find(string name, string overload);
    [LibraryImport(Library)] internal static partial int vl_call(nint op, NativeArg* args, int count, NativeArg* results, int capacity);

    [LibraryImport(Library)]
    internal static partial int vl_backward(nint* outputs, long n, nint* grads, long nGrads, int retain, int create, nint* inputs,
        long nInputs);

    [LibraryImport(Library)]
    internal static partial int vl_autograd_grad(nint* outputs, long n, nint* inputs, long nInputs, nint* grads, long nGrads, int retain,
        int create, int allowUnused, nint* results);

    [LibraryImport(Library)] internal static partial int vl_grad_enabled();
    [LibraryImport(Library)] internal static partial void vl_set_grad_enabled(int on);
    [LibraryImport(Library)] internal static partial int vl_inference_enabled();
    [LibraryImport(Library)] internal static partial nint vl_inference_enter(int on);
    [LibraryImport(Library)] internal static partial void vl_inference_leave(nint guard);

    [LibraryImport(Library)] internal static partial int vl_get_threads();
    [LibraryImport(Library)] internal static partial int vl_set_threads(int n);
    [LibraryImport(Library)] internal static partial int vl_get_interop_threads();
    [LibraryImport(Library)] internal static partial int vl_set_interop_threads(int n);
    [LibraryImport(Library)] internal static partial int vl_cuda_available();
    [LibraryImport(Library)] internal static partial int vl_cuda_count();
    [LibraryImport(Library)] internal static partial int vl_cuda_synchronize(int index);
    [LibraryImport(Library)] internal static partial int vl_cuda_seed(long seed);

    [LibraryImport(Library)] internal static partial nint vl_generator_default();
    [LibraryImport(Library)] internal static partial nint vl_generator_new(ulong seed);
    [LibraryImport(Library)] internal static partial void vl_generator_free(nint g);
    [LibraryImport(Library)] internal static partial void vl_generator_seed(nint g, long seed);
    [LibraryImport(Library)] internal static partial long vl_generator_initial_seed(nint g);
    [LibraryImport(Library)] internal static partial nint vl_generator_state(nint g);
    [LibraryImport(Library)] internal static partial int vl_generator_set_state(nint g, nint state);

    /// <summary>The exception for a native call that just failed on this thread.</summary>
    internal static ExternalException Failure() => new(Marshal.PtrToStringUTF8(vl_error()));

    internal static void Check(int status)
    {
        if (status != 0) throw Failure();
    }

    internal static nint Check(nint handle) => handle != 0 ? handle : throw Failure();
}
