using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Microsoft.Win32.SafeHandles;

namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// Lets TorchSharp's native library load where libstdc++ is older than GCC 13's (Debian 12, Ubuntu 22.04). The runtime asks only after each
/// of its own attempts has failed, so elsewhere this costs nothing. Builds with this package's targets have exchanged the file already;
/// this serves all others, such as scripts and plug-ins, if this assembly is touched before TorchSharp.
/// </summary>
internal static partial class TorchSharpResolver
{
    private const string Library = "LibTorchSharp";

    /// <summary>
    /// GCC 13's. The library names it as needed, though no symbol is bound to it: libtorch, loaded before, starts iostreams itself.
    /// </summary>
    private const string UnusedVersion = "GLIBCXX_3.4.32";

    private static readonly Lock Gate = new();
    private static nint _handle;

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Must come before the type initializer in which TorchSharp loads its library.")]
    internal static void Install()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64) return;
        if (AssemblyLoadContext.GetLoadContext(TorchRuntime.TorchSharp) is { } context) context.ResolvingUnmanagedDll += Resolve;
    }

    private static nint Resolve(Assembly assembly, string library)
    {
        if (library != Library || assembly != TorchRuntime.TorchSharp) return 0;
        lock (Gate)
        {
            if (_handle == 0 && NativeFiles.Find(Library) is { } file) _handle = LoadWeakened(file, assembly);
            return _handle;
        }
    }

    /// <summary>Zero where something else than the version is wrong.</summary>
    private static nint LoadWeakened(string file, Assembly assembly)
    {
        var image = File.ReadAllBytes(file);
        if (!ElfVersions.Weaken(image, UnusedVersion)) return 0;

        // The copy has no neighbours in its folder: what it needs must be in the process already.
        foreach (var dependency in (string[])["c10", "torch_cpu", "torch"])
        {
            if (!NativeLibrary.TryLoad(dependency, assembly, null, out _)) return 0;
        }

        return LoadFromMemory(image) is var handle and not 0 ? handle : LoadFromFile(image);
    }

    /// <summary>A file without a name needs no folder that can be written to and executed from.</summary>
    private static nint LoadFromMemory(byte[] image)
    {
        const uint CloseOnExec = 1;
        var descriptor = CreateMemoryFile(NativeFiles.NameOf(Library), CloseOnExec);
        if (descriptor < 0) return 0;
        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.Write(file, image, 0);
        return NativeLibrary.TryLoad($"/proc/self/fd/{descriptor}", out var handle) ? handle : 0;
    }

    private static nint LoadFromFile(byte[] image)
    {
        var folder = Directory.CreateTempSubdirectory("mlnet-vl-");
        try
        {
            var file = Path.Combine(folder.FullName, NativeFiles.NameOf(Library));
            File.WriteAllBytes(file, image);
            return NativeLibrary.TryLoad(file, out var handle) ? handle : 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateMemoryFile(string name, uint flags);
}
