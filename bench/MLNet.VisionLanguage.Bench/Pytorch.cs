using System.ComponentModel;
using System.Diagnostics;

namespace MLNet.VisionLanguage.Bench;

/// <summary>PyTorch, where the machine has it.</summary>
internal static class Pytorch
{
    /// <summary>The version that python3 imports, or that there is none.</summary>
    public static string Describe() => Version() is { } version ? $"PyTorch {version} is installed" : "not measured: python3 imports no torch here";

    public static string? Version()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", ["-c", "import torch; print(torch.__version__)"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            errors.Wait();
            return process.ExitCode == 0 ? text : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
