using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>What makes Debian's libtorch faster: it allocates with the C library's malloc, whose settings are for other programs.</summary>
internal static partial class ProcessSettings
{
    private const int TrimThreshold = -1, TopPad = -2, MmapThreshold = -3;
    private const int Mebibyte = 1 << 20;

    /// <summary>
    /// A step of training allocates and frees the same tensors again and again. By default the larger ones go back to the system each time,
    /// and every page of them is faulted in anew: a tenth of a small model's step. What the user's environment says about malloc counts.
    /// </summary>
#pragma warning disable CA2255 // Meant for applications: but it has to come before the first tensor, and callers know nothing of this.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux()) return;
        if (Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name => name.StartsWith("MALLOC_", StringComparison.Ordinal))) return;
        _ = mallopt(MmapThreshold, 32 * Mebibyte);
        _ = mallopt(TrimThreshold, 512 * Mebibyte);
        _ = mallopt(TopPad, 16 * Mebibyte);
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);
}
