using System.Diagnostics;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>
/// This assembly as a program in a folder of its own, whose native libraries can be taken away and replaced: links to the files of the
/// build, which themselves are never written to.
/// </summary>
internal sealed class ProgramCopy : IDisposable
{
    private static readonly string Program = typeof(ProgramCopy).Assembly.Location;

    private readonly TemporaryFolder _folder = new();

    public ProgramCopy()
    {
        Directory.CreateDirectory(Natives);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory)) Link(file, _folder.Path);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, NativeFolder))) Link(file, Natives);

        // The host takes the folder of the file that a link to the program points to.
        Replace(_folder.File(Path.GetFileName(Program)), File.ReadAllBytes(Program));
    }

    public IEnumerable<string> Folders => Directory.EnumerateDirectories(_folder.Path).Select(folder => Path.GetFileName(folder));

    private static string NativeFolder { get; } = Path.Combine("runtimes", "linux-x64", "native");

    private string Natives => _folder.File(NativeFolder);

    public string Native(string name) => Path.Combine(Natives, name);

    public byte[] Read(string native) => File.ReadAllBytes(Native(native));

    public void Remove(string native) => File.Delete(Native(native));

    public void Replace(string native, ReadOnlySpan<byte> bytes)
    {
        // Deleted first: writing would go through the link.
        File.Delete(Native(native));
        File.WriteAllBytes(Native(native), bytes);
    }

    /// <summary>Runs the program to its end: the exit code and the lines it printed.</summary>
    public (int ExitCode, string[] Lines) Run(string mode)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        using var process = Process.Start(new ProcessStartInfo(dotnet, [_folder.File(Path.GetFileName(Program)), mode])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        string[] lines = [.. process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        process.WaitForExit();
        return (process.ExitCode, [.. lines, .. errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
    }

    public void Dispose() => _folder.Dispose();

    private static void Link(string file, string folder) => File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)), file);
}
