using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Engine;

/// <summary>Native libraries under this system's file names, and where a program has them.</summary>
internal static class NativeFiles
{
    /// <summary>The file of a library, such as libtorch_cpu.so for torch_cpu.</summary>
    public static string NameOf(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll"
        : OperatingSystem.IsMacOS() ? $"lib{library}.dylib"
        : $"lib{library}.so";

    /// <summary>A library's file in the folders that the runtime searches for this program; null when it is in none.</summary>
    public static string? Find(string library)
    {
        var folders = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return folders.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Select(folder => Path.Combine(folder, NameOf(library)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>The runtime identifier of a libtorch package for this system; null when there is none.</summary>
    public static string? LibtorchRuntime() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 when OperatingSystem.IsLinux() => "linux-x64",
        Architecture.X64 when OperatingSystem.IsWindows() => "win-x64",
        Architecture.Arm64 when OperatingSystem.IsWindows() => "win-arm64",
        Architecture.Arm64 when OperatingSystem.IsMacOS() => "osx-arm64",
        _ => null,
    };
}
