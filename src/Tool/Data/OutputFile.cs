using System.CommandLine;
using System.CommandLine.Parsing;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>A file or folder that a command is to write, looked at before the work begins.</summary>
internal static class OutputFile
{
    /// <summary>The options whose files are written.</summary>
    private static readonly string[] Written = ["--output", "--report"];

    /// <summary>Refuses to write to a file that the same command reads.</summary>
    /// <exception cref="UsageException">Another option names the same file.</exception>
    public static void RefuseInputs(ParseResult parsed)
    {
        var named = parsed.CommandResult.Children.OfType<OptionResult>()
            .SelectMany(option => option.Tokens.Select(token => (option.Option.Name, token.Value)))
            .Where(one => File.Exists(one.Value)).Select(one => (one.Name, one.Value, Full: Path.GetFullPath(one.Value))).ToList();
        foreach (var output in named.Where(one => Written.Contains(one.Name)))
        {
            if (named.FirstOrDefault(other => other.Name != output.Name && other.Full == output.Full) is { Name: { } input })
                throw new UsageException($"{output.Name}: '{output.Value}' is the file that {input} names; it would be lost.");
        }
    }

    /// <summary>The full path of an option's file.</summary>
    /// <exception cref="IOException">It cannot be a file: its folder does not exist or takes none, or it is a folder itself.</exception>
    public static string Check(Option option, string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new IOException($"{option.Name}: '{path}' is a folder.");
        if (!Directory.Exists(Path.GetDirectoryName(full)))
            throw new DirectoryNotFoundException($"{option.Name}: the folder '{Path.GetDirectoryName(full)}' does not exist.");
        Try(option, path, full);
        return full;
    }

    /// <summary>The full path of an option's folder, which is made when it is not there.</summary>
    /// <exception cref="IOException">It cannot be a folder, or takes no files.</exception>
    public static string CheckFolder(Option option, string path)
    {
        var full = CheckNewFolder(option, path);
        Directory.CreateDirectory(full);
        Try(option, path, Path.Combine(full, "file"));
        return full;
    }

    /// <summary>The full path of a folder that the command makes itself, when all that is in it is there.</summary>
    /// <exception cref="IOException">It cannot be a folder, or none can be made there.</exception>
    public static string CheckNewFolder(Option option, string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(full)) throw new IOException($"{option.Name}: '{path}' is a file; a folder is expected.");
        var beside = full;
        while (Path.GetDirectoryName(beside) is { } parent && !Directory.Exists(parent)) beside = parent;
        Try(option, path, beside);
        return full;
    }

    /// <summary>Permissions and the kinds of file systems are told by an attempt alone.</summary>
    private static void Try(Option option, string path, string file)
    {
        var tried = TemporaryFiles.Beside(file);
        try
        {
            File.Create(tried, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{option.Name}: '{path}' cannot be written: the folder '{Path.GetDirectoryName(file)}' takes no files.", e);
        }
        finally
        {
            TemporaryFiles.Forget(tried);
        }
    }
}
