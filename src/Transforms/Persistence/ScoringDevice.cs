using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>
/// Where ONNX Runtime computes, as an <see cref="MLContext"/> says: <see cref="MLContext.GpuDeviceId"/> asks for a GPU,
/// <see cref="MLContext.FallbackToCpu"/> does without one. ML.NET's own ONNX transformer fails without one either way, when the program's
/// ONNX Runtime was built for CPUs.
/// </summary>
internal static class ScoringDevice
{
    private const string Cuda = "CUDAExecutionProvider";

    /// <exception cref="InvalidOperationException">The context asks for what this program's ONNX Runtime does not have.</exception>
    public static void Check(MLContext context)
    {
        if (context.GpuDeviceId is not { } device || context.FallbackToCpu || HasCuda()) return;
        throw new InvalidOperationException(
            $"{nameof(MLContext.GpuDeviceId)} of the MLContext is {device}, but this program's ONNX Runtime has no {Cuda}; it has "
            + $"{string.Join(", ", Providers())}. Reference Microsoft.ML.OnnxRuntime.Gpu, set {nameof(MLContext.FallbackToCpu)}, "
            + $"or leave {nameof(MLContext.GpuDeviceId)} null.");
    }

    /// <summary>Runs what makes ML.NET open sessions; without the GPU where there is none and the context can do without.</summary>
    public static T Open<T>(MLContext context, Func<T> open)
    {
        if (context.GpuDeviceId is not { } device || !context.FallbackToCpu || HasCuda()) return open();
        context.GpuDeviceId = null;
        try
        {
            return open();
        }
        finally
        {
            context.GpuDeviceId = device;
        }
    }

    /// <summary>How sessions of this library are run.</summary>
    /// <param name="context">Says on which device.</param>
    /// <param name="threads">Threads of one operator; 0 leaves the choice to ONNX Runtime.</param>
    public static OnnxRunnerOptions Options(MLContext context, int threads)
    {
        Check(context);
        var (device, fallback) = (context.GpuDeviceId, context.FallbackToCpu);
        return new OnnxRunnerOptions { Threads = threads, Configure = device is not null && HasCuda() ? AddCuda : null };

        void AddCuda(SessionOptions options)
        {
            try
            {
                options.AppendExecutionProvider_CUDA(device!.Value);
            }
            catch (OnnxRuntimeException) when (fallback)
            {
                // The provider is there but not the device, or not its libraries.
            }
        }
    }

    private static bool HasCuda() => Providers().Contains(Cuda);

    private static string[] Providers() => OrtEnv.Instance().GetAvailableProviders();
}
