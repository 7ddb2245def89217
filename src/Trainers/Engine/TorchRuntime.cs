using System.Reflection;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// Whether libtorch can be used. TorchSharp finds out in a type initializer, where a missing library makes it search and copy packages
/// before it fails with a message about another cause; so whatever trains asks here first.
/// </summary>
internal static class TorchRuntime
{
    /// <summary>The managed assembly. Naming it loads no native library.</summary>
    public static readonly Assembly TorchSharp = typeof(global::TorchSharp.torch).Assembly;

    private static bool _loaded;

    /// <summary>Loads what TorchSharp's type initializer will ask for, in its order.</summary>
    /// <exception cref="DllNotFoundException">
    /// A library is not there, or does not load; the message names it and the package that brings it, or has the system's reason.
    /// </exception>
    public static void EnsureLoaded()
    {
        if (_loaded) return;
        foreach (var library in (string[])["torch_cpu", "LibTorchSharp"])
        {
            if (!NativeLibrary.TryLoad(library, TorchSharp, null, out _))
                throw NativeFiles.Find(library) is { } file ? DoesNotLoad(library, file) : Missing(library);
        }

        _loaded = true;
    }

    private static DllNotFoundException Missing(string library)
    {
        var file = NativeFiles.NameOf(library);
        if (NativeFiles.LibtorchRuntime() is not { } runtime)
        {
            return new($"Training needs {file}, and there is no libtorch for {RuntimeInformation.RuntimeIdentifier}: "
                + "TorchSharp has it for linux-x64, osx-arm64, win-arm64 and win-x64.");
        }

        var package = library == "torch_cpu" ? $"libtorch-cpu-{runtime}, version {LibtorchVersion()}" : "TorchSharp";
        return new($"Training needs libtorch, and this program has no {file}: its project needs a reference to the package {package}.");
    }

    private static DllNotFoundException DoesNotLoad(string library, string file)
    {
        try
        {
            NativeLibrary.Load(file);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // The loader's own words follow a line of general advice.
            var lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var reason = string.Join("; ", lines.Length > 1 ? lines[1..] : lines);
            return new($"Training needs libtorch, and '{file}' does not load: {reason}", e);
        }

        return new($"Training needs libtorch, and the runtime does not find '{file}' under the name {library}.");
    }

    /// <summary>The libtorch that the referenced TorchSharp was built for.</summary>
    private static string? LibtorchVersion() => typeof(TorchRuntime).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == nameof(LibtorchVersion)).Value;
}
