namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>Files of the packages that eng/packages.sh fetches.</summary>
internal static class PackageFiles
{
    /// <summary>Names the folder of the packages where it is another than out/packages of the repository.</summary>
    public const string Variable = "VL_PACKAGES";

    private const string Solution = "MLNet.VisionLanguage.sln";

    /// <summary>A file of a package.</summary>
    /// <param name="path">Where in the folder of the packages.</param>
    /// <exception cref="FileNotFoundException">It was not fetched.</exception>
    public static string Find(string path)
    {
        var folder = Folder() ?? throw new FileNotFoundException($"The file '{path}' of a package is looked for in the folder that {Variable} names.", path);
        var file = Path.Combine(folder, path);
        return File.Exists(file)
            ? file
            : throw new FileNotFoundException($"The file '{file}' does not exist; 'eng/packages.sh detectors' fetches it.", file);
    }

    private static string? Folder()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, Solution))) return Path.Combine(folder.FullName, "out", "packages");
        return null;
    }
}
