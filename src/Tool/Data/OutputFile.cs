using System.CommandLine;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>A file or folder that a command is to write, looked at before the work begins.</summary>
internal static class OutputFile
{
    /// <summary>The full path of an option's file.</summary>
    /// <exception cref="IOException">It cannot be a file: its folder does not exist, or it is a folder itself.</exception>
    public static string Check(Option option, string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new IOException($"{option.Name}: '{path}' is a folder.");
        return Directory.Exists(Path.GetDirectoryName(full))
            ? full
            : throw new DirectoryNotFoundException($"{option.Name}: the folder '{Path.GetDirectoryName(full)}' does not exist.");
    }

    /// <summary>The full path of an option's folder, which is made when it is not there.</summary>
    /// <exception cref="IOException">It cannot be a folder.</exception>
    public static string CheckFolder(Option option, string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(full)) throw new IOException($"{option.Name}: '{path}' is a file; a folder is expected.");
        return Directory.CreateDirectory(full).FullName;
    }
}
