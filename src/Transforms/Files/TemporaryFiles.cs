using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Files;

/// <summary>
/// The process's own folder of temporary files. It goes when the process ends, by a signal too; what a process leaves that was killed at
/// once is removed by the next one that needs the folder. A process holds a lock beside its folder as long as it lives, by which the
/// living are told from the dead.
/// </summary>
internal static class TemporaryFiles
{
    private const string Prefix = "vision-language-";
    private const string LockSuffix = ".lock";

    private static readonly Lock Making = new();
    private static readonly ConcurrentDictionary<string, bool> Elsewhere = new(StringComparer.Ordinal);
    private static readonly List<PosixSignalRegistration> Signals = [];
    private static string? _folder;
    private static FileStream? _lock;

    /// <summary>The folder; made at the first use.</summary>
    public static string Folder
    {
        get
        {
            lock (Making)
            {
                if (_folder is null) Make(Path.GetTempPath());

                // A cleaner of the system's temporary folder may have removed what lay idle for days.
                return Directory.CreateDirectory(_folder!).FullName;
            }
        }
    }

    /// <summary>A name in the folder that nothing has yet.</summary>
    public static string NewPath(string kind) => Path.Combine(Folder, $"{kind}-{Guid.NewGuid():N}");

    /// <summary>A folder in the folder.</summary>
    public static string NewFolder(string kind) => Directory.CreateDirectory(NewPath(kind)).FullName;

    /// <summary>
    /// A file beside another that is to take its place, for as long as it is written. What a process that was killed left there goes first.
    /// </summary>
    /// <param name="path">The full path of the other.</param>
    public static string Beside(string path)
    {
        lock (Making) Watch();
        RemoveBeside(path);
        var written = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        Elsewhere[written] = true;
        return written;
    }

    /// <summary>A file of <see cref="Beside"/> that is no more, or no more temporary.</summary>
    public static void Forget(string written) => Elsewhere.TryRemove(written, out _);

    /// <summary>Deletes a folder with all it holds, or leaves it to the process's end.</summary>
    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A scanner may hold a file open for a moment; or it is gone.
        }
    }

    /// <summary>Removes the folders of processes that live no more.</summary>
    /// <param name="root">Where processes have their folders.</param>
    internal static void RemoveOrphans(string root)
    {
        foreach (var path in Directory.EnumerateFiles(root, Prefix + "*" + LockSuffix))
        {
            try
            {
                using (Own(path))
                {
                    Remove(path[..^LockSuffix.Length]);
                    if (!Directory.Exists(path[..^LockSuffix.Length])) File.Delete(path);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Its process lives, is another user's, or another process was faster.
            }
        }
    }

    private static void RemoveBeside(string path)
    {
        if (Path.GetDirectoryName(path) is not { Length: > 0 } folder || !Directory.Exists(folder)) return;
        foreach (var left in Directory.EnumerateFiles(folder, Path.GetFileName(path) + ".*-*.tmp"))
        {
            try
            {
                using (Own(left)) File.Delete(left);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody is writing it.
            }
        }
    }

    /// <summary>Fails while another process has the file open.</summary>
    private static FileStream Own(string path) => new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

    private static void Make(string root)
    {
        try
        {
            RemoveOrphans(root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A temporary folder that cannot be listed can still be written to.
        }

        // The lock comes first: a folder never stands without one.
        var folder = Path.Combine(root, $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}");
        _lock = new FileStream(folder + LockSuffix, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _folder = folder;
        Watch();
    }

    /// <summary>
    /// .NET 10 ends a process at these signals without ProcessExit. What they do stays as it is. A handler that
    /// was registered earlier is asked later and may keep the process alive; sessions that are open go on without their files.
    /// </summary>
    private static void Watch()
    {
        if (Signals.Count > 0) return;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Leave();
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
        {
            // The runtime aborts after this one, without ProcessExit.
            if (e.IsTerminating) Leave();
        };
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGHUP })
        {
            Signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                if (!context.Cancel) Leave();
            }));
        }
    }

    private static void Leave()
    {
        foreach (var written in Elsewhere.Keys) File.Delete(written);
        lock (Making)
        {
            if (_folder is null) return;
            Remove(_folder);
            _lock!.Dispose();

            // What could not be removed now is found by its lock later.
            if (!Directory.Exists(_folder)) File.Delete(_lock.Name);
            _folder = null;
        }
    }
}
