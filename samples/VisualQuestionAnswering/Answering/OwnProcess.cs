using System.Diagnostics;
using System.Reflection;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Answering;

/// <summary>Starts this program once more.</summary>
internal static class OwnProcess
{
    /// <summary>Runs with other arguments on the same terminal and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(params string[] arguments)
    {
        var host = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is not known.");
        var start = new ProcessStartInfo(host) { UseShellExecute = false };

        // "dotnet program.dll" is this program only with its file named; an executable of its own is.
        if (Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"'{host}' did not start.");
        process.WaitForExit();
        return process.ExitCode;
    }
}
