using System.Reflection;

namespace MLNet.VisionLanguage;

/// <summary>
/// A program that runs trials: it is started with <see cref="Arguments"/>, <see cref="TrialProcess.Verb"/> and a file, which its Main hands to
/// <see cref="TrialProcess.TryRun"/>.
/// </summary>
/// <param name="FileName">The executable.</param>
/// <param name="Arguments">What comes before the verb.</param>
public sealed record TrialCommand(string FileName, params IReadOnlyList<string> Arguments)
{
    /// <summary>The program that this process runs.</summary>
    /// <exception cref="InvalidOperationException">It has no file to start.</exception>
    public static TrialCommand ThisProgram()
    {
        var file = Environment.ProcessPath ?? throw new InvalidOperationException("This process does not know its executable; name a TrialCommand.");
        var entry = Assembly.GetEntryAssembly()?.Location;
        return Path.GetFileNameWithoutExtension(file) == "dotnet" && !string.IsNullOrEmpty(entry) ? new(file, entry) : new(file);
    }
}
