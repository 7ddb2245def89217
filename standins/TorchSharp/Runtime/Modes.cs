using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static string __version__ => Marshal.PtrToStringUTF8(Native.vl_version())!;

    public static IDisposable no_grad() => new GradMode(false);
    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);
    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);
    public static bool is_grad_enabled() => Native.vl_grad_enabled() != 0;
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);
    public static bool is_inference_mode_enabled() => Native.vl_inference_enabled() != 0;

    public static int get_num_threads() => Native.vl_get_threads();
    public static void set_num_threads(int num) => Native.Check(Native.vl_set_threads(num));
    public static int get_num_interop_threads() => Native.vl_get_interop_threads();
    public static void set_num_interop_threads(int num) => Native.Check(Native.vl_set_interop_threads(num));

    public static bool cuda_is_available() => cuda.is_available();

    public static partial class cuda
    {
        public static bool is_available() => Native.vl_cuda_available() != 0;
        public static int device_count() => Native.vl_cuda_count();

        public static void manual_seed(long seed) => manual_seed_all(seed);

        public static void manual_seed_all(long seed)
        {
            if (is_available()) Native.Check(Native.vl_cuda_seed(seed));
        }

        public static void synchronize(Device? device = null)
        {
            if (!is_available()) throw new InvalidOperationException("CUDA is not available.");
            Native.Check(Native.vl_cuda_synchronize(device?.index ?? -1));
        }
    }

    /// <summary>Grad mode belongs to the thread; leaving restores what was.</summary>
    private sealed class GradMode : IDisposable
    {
        private readonly bool _before = is_grad_enabled();

        internal GradMode(bool enabled) => Native.vl_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose() => Native.vl_set_grad_enabled(_before ? 1 : 0);
    }

    private sealed class InferenceMode(bool enabled) : IDisposable
    {
        private nint _guard = Native.vl_inference_enter(enabled ? 1 : 0);

        public void Dispose()
        {
            var guard = _guard;
            _guard = 0;
            if (guard != 0) Native.vl_inference_leave(guard);
        }
    }
}
